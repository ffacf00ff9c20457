// npm's countly-sdk-nodejs, unmodified: a session and a shop's events in our words.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startServer } from './server.mjs';

// The library is one per process; each test needs a fresh one.
function fresh() {
  const require = createRequire(import.meta.url);
  for (const path of Object.keys(require.cache).filter((name) => name.includes('countly'))) delete require.cache[path];
  return require('countly-sdk-nodejs');
}

for (const force_post of [false, true]) {
  test(`a shop through the library for node by ${force_post ? 'POST' : 'GET'}`, async (t) => {
    const server = await startServer();
    const Countly = fresh();
    const storage = mkdtempSync(join(tmpdir(), 'tallyho-countly-'));
    t.after(async () => {
      Countly.halt(true);
      await server.stop();
      rmSync(storage, { recursive: true, force: true });
    });
    server.cli('site', 'set', '--site', String(server.site), 'dialects=countly:APPKEY');
    Countly.init({
      app_key: 'APPKEY', url: server.base, device_id: 'cust-42', interval: 20, force_post, storage_path: storage,
      max_value_size: 4096,
    });
    Countly.begin_session(true);
    Countly.add_event({ key: 'view_item', count: 1, segmentation: { item_id: 'S1', price: '19.90' } });
    Countly.add_event({ key: 'add_to_cart', count: 2, segmentation: { item_id: 'S1', price: '19.90', cart_id: 'C1' } });
    const items = [{ item_id: 'S1', price: '19.90', quantity: 2 }, { item_id: 'S2', price: '14.95', quantity: 1 }];
    Countly.add_event({ key: 'purchase', count: 1, sum: 54.75, segmentation: {
      transaction_id: '1001', tax: '8.29', currency: 'EUR', cart_id: 'C1', items: JSON.stringify(items),
    } });
    Countly.add_event({ key: 'refund', count: 1, sum: 14.95, segmentation: { transaction_id: '1001', refund_id: 'r1' } });
    Countly.user_details({ email: 'a@example.com', custom: { plan: 'gold' } });
    await server.settle(6);

    const [sales] = await server.report('product_views,adds_to_cart,orders,order_total,tax,units,returns');
    // What was given back contains its share of the tax: 14.95 = 12.98 + 1.97.
    assert.deepEqual(sales, {
      product_views: 1, adds_to_cart: 1, orders: 1, order_total: '54.75', tax: '6.32', units: 3, returns: '12.98',
    });
    const { lines } = await server.get(`/api/v1/sites/${server.site}/orders/1001`);
    assert.deepEqual(lines.map((line) => line.sku), ['S1', 'S2']);
  });
}
