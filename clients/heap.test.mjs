// npm's heap-api, unmodified: a product, a cart, an order whose lines come one by one, a refund, properties of a user. The client knows one host only,
// so its requests are led to the server under test on their way out.
import assert from 'node:assert/strict';
import http from 'node:http';
import https from 'node:https';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { startServer } from './server.mjs';

test('an order through heap-api', async (t) => {
  const server = await startServer();
  t.after(() => server.stop());
  server.cli('site', 'set', '--site', String(server.site), 'dialects=heap:2364527819');
  const { hostname, port } = new URL(server.base);
  const { request } = https;
  https.request = ({ agent, agents, ...options }, ...rest) => {
    assert.equal(options.host, 'heapanalytics.com');
    return http.request({ ...options, protocol: 'http:', host: hostname, hostname, port }, ...rest);
  };
  t.after(() => (https.request = request));

  const heap = createRequire(import.meta.url)('heap-api')('2364527819');
  const buyer = 'a@example.com';
  const shirt = { sku: 'SKU-1', name: 'Blue shirt', price: 19.99, quantity: 2 };
  assert.equal(await heap.track('view_item', buyer, shirt), true);
  assert.equal(await heap.track('add_to_cart', buyer, shirt), true);
  const line = { order_id: 'A-1', sku: 'SKU-1', name: 'Blue shirt', price: 19.99, quantity: 2, discount: 0, currency: 'EUR' };
  assert.equal(await heap.track('Purchase', buyer, line), true);
  assert.equal(await heap.track('Order', buyer, { order_id: 'A-1', subtotal: 49.48, total: 59.43, shipping: 9.95, discount: 0, order_count: 1 }), true);
  assert.equal(await heap.track('Purchase', buyer, { ...line, sku: 'SKU-2', name: 'Hat', price: 9.5, quantity: 1 }), true);
  assert.equal(await heap.track('Purchase', buyer, line), true);
  assert.equal(await heap.addUserProperties(buyer, { plan: 'gold' }), true);
  const refund = { order_id: 'A-1', refund_id: 'r1', amount: 9.5, sku: 'SKU-2', quantity: 1 };
  assert.equal(await heap.track('Refund', buyer, refund), true);
  await server.settle(8);

  const [totals] = await server.report('product_views,adds_to_cart,orders,order_total,gross_sales,returns,shipping,units,units_returned,customers');
  assert.deepEqual(totals, {
    product_views: 1, adds_to_cart: 1, orders: 1, order_total: '59.43', gross_sales: '49.48', returns: '9.50', shipping: '9.95',
    units: 3, units_returned: 1, customers: 1,
  });
});
