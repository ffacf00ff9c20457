// npm's @segment/analytics-node, unmodified: who, a page, a product, a cart, an order, and a part of the money back.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Analytics } from '@segment/analytics-node';
import { startServer } from './server.mjs';

const products = [
  { product_id: 'p1', sku: 'SKU-1', name: 'Blue shirt', category: 'Shirts', price: 19.99, quantity: 2 },
  { product_id: 'p2', sku: 'SKU-2', name: 'Hat', category: 'Hats', price: 9.5, quantity: 1 },
];

function trip(analytics) {
  const who = { userId: 'cust-42', anonymousId: 'a-1' };
  const track = (event, properties) => analytics.track({ ...who, event, properties });
  analytics.identify({ ...who, traits: { email: 'a@example.com', plan: 'gold' } });
  analytics.page({
    ...who,
    name: 'Home',
    properties: { url: 'https://shop.example/?utm_source=news&utm_medium=email&utm_campaign=spring', title: 'Home' },
    context: { userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0', ip: '198.51.100.7' },
  });
  track('Product Viewed', products[0]);
  products.forEach((product) => track('Product Added', { cart_id: 'c-1', ...product }));
  track('Order Completed', {
    order_id: 'A-1', subtotal: 49.48, total: 64.37, revenue: 49.48, tax: 9.4, shipping: 5.49, currency: 'EUR', products,
  });
  track('Order Refunded', { order_id: 'A-1', total: 9.5, currency: 'EUR', products: [products[1]] });
}

test('a shopping trip through @segment/analytics-node', async (t) => {
  const server = await startServer();
  t.after(() => server.stop());
  server.cli('site', 'set', '--site', String(server.site), 'dialects=segment:WK_TEST');
  const failures = [];
  const answers = [];
  const open = (writeKey) => {
    const analytics = new Analytics({ writeKey, host: server.base, path: '/v1/batch', flushAt: 3, maxRetries: 0 });
    analytics.on('error', (error) => failures.push(error));
    analytics.on('http_request', () => answers.push(writeKey));
    return analytics;
  };
  const analytics = open('WK_TEST');
  trip(analytics);
  await analytics.closeAndFlush({ timeout: 10_000 });
  assert.deepEqual(failures, []);
  assert.ok(answers.length >= 2, 'the calls went out in batches');
  await server.settle(7);

  // The refund of 9.50 has its share of the order's tax in it: 1.52.
  const metrics = 'visits,page_views,product_views,adds_to_cart,orders,order_total,tax,shipping,difference,returns,units,units_returned';
  assert.deepEqual(await server.report(metrics), [{
    visits: 1, page_views: 1, product_views: 1, adds_to_cart: 2, orders: 1, order_total: '64.37', tax: '7.88',
    shipping: '5.49', difference: '0.00', returns: '7.98', units: 3, units_returned: 1,
  }]);
  assert.deepEqual(await server.report('orders', 'campaign'), [{ campaign: 'spring', orders: 1 }]);

  // A key that no site has: the client is told, and nothing is kept.
  const stranger = open('WK_NOBODY');
  stranger.track({ userId: 'u', event: 'x' });
  await stranger.closeAndFlush({ timeout: 10_000 });
  assert.equal(failures.length, 1);
});
