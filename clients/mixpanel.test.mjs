// npm's mixpanel, unmodified: events, a batch, a profile and an import, each answered in the form that it checks.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import Mixpanel from 'mixpanel';
import { startServer } from './server.mjs';

const called = (call) => new Promise((resolve, reject) => call((error) => {
  const errors = [error].flat().filter(Boolean);
  if (errors.length > 0) reject(errors[0]);
  else resolve();
}));

for (const verbose of [false, true]) {
  test(`a shop through the library for node, ${verbose ? 'verbose' : 'terse'}`, async (t) => {
    const server = await startServer();
    t.after(() => server.stop());
    server.cli('site', 'set', '--site', String(server.site), 'dialects=mixpanel:TOK');
    const { token } = server.cli('token', 'add', '--site', String(server.site), '--scope', 'import');
    const { hostname, port } = new URL(server.base);
    const config = { host: hostname, port: Number(port), protocol: 'http', verbose };
    const mixpanel = Mixpanel.init('TOK', config);
    const order = {
      distinct_id: 'cust-42', $insert_id: 'order-1001', order_id: '1001', total: 54.75, tax: 8.29, currency: 'EUR',
      products: [{ sku: 'S1', price: 19.9, quantity: 2 }, { sku: 'S2', price: 14.95, quantity: 1 }],
    };
    await called((done) => mixpanel.track('Order Completed', order, done));
    // The job runs again and says the same.
    await called((done) => mixpanel.track('Order Completed', order, done));
    await called((done) => mixpanel.track_batch([
      { event: 'Product Viewed', properties: { distinct_id: 'cust-42', sku: 'S1', time: new Date() } },
      { event: 'Product Added', properties: { distinct_id: 'cust-42', sku: 'S1', price: 19.9, quantity: 2 } },
      { event: 'Order Refunded', properties: { distinct_id: 'cust-42', order_id: '1001', products: [{ sku: 'S2', price: 14.95, quantity: 1 }] } },
      { event: 'Newsletter', properties: { distinct_id: 'cust-42', plan: 'gold' } },
    ], done));
    await called((done) => mixpanel.people.set('cust-42', { $email: 'a@example.com' }, done));
    await called((done) => mixpanel.people.track_charge('cust-42', 54.75, { order_id: '1001' }, done));
    const importer = Mixpanel.init('TOK', { ...config, key: token });
    const old = new Date(Date.now() - 90 * 86_400_000);
    await called((done) => importer.import('Order Completed', old, {
      distinct_id: 'cust-42', $insert_id: 'order-0999', order_id: '0999', total: 12, currency: 'EUR',
    }, done));
    await assert.rejects(called((done) => Mixpanel.init('OTHER', config).track('x', {}, done)), /Mixpanel Server Error/);
    await assert.rejects(called((done) => Mixpanel.init('TOK', { ...config, key: 'wrong' }).import('x', old, {}, done)));
    await server.caughtUp();

    const [sales] = await server.report('product_views,adds_to_cart,orders,order_total,returns,units,units_returned');
    assert.deepEqual(sales, {
      product_views: 1, adds_to_cart: 1, orders: 1, order_total: '54.75', returns: '14.95', units: 3, units_returned: 1,
    });
    const imported = await server.get(`/api/v1/sites/${server.site}/orders/0999`);
    assert.equal(imported.order.amounts.order_total, '12.00');
  });
}
