// npm's heap-api, unmodified: an order whose lines come one by one, properties of a user. The client knows one host only,
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
  const line = { order_id: 'A-1', sku: 'SKU-1', name: 'Blue shirt', price: 19.99, quantity: 2, discount: 0, currency: 'EUR' };
  assert.equal(await heap.track('Purchase', buyer, line), true);
  assert.equal(await heap.track('Order', buyer, { order_id: 'A-1', subtotal: 49.48, total: 59.43, shipping: 9.95, discount: 0, order_count: 1 }), true);
  assert.equal(await heap.track('Purchase', buyer, { ...line, sku: 'SKU-2', name: 'Hat', price: 9.5, quantity: 1 }), true);
  assert.equal(await heap.track('Purchase', buyer, line), true);
  assert.equal(await heap.addUserProperties(buyer, { plan: 'gold' }), true);
  await server.settle(5);

  const [totals] = await server.report('orders,order_total,gross_sales,shipping,units,customers');
  assert.deepEqual(totals, { orders: 1, order_total: '59.43', gross_sales: '49.48', shipping: '9.95', units: 3, customers: 1 });
});
