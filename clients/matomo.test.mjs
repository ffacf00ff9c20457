// npm's matomo-tracker, unmodified: a page view, a product view, a cart and an order, single and in bulk.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import MatomoTracker from 'matomo-tracker';
import { startServer } from './server.mjs';

const items = JSON.stringify([['SKU-1', 'Blue shirt', ['Shirts', 'Sale'], 19.99, 2], ['SKU-2', 'Hat', 'Hats', 9.5, 1]]);
const visitor = { _id: '0123456789abcdef', ua: 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0', lang: 'de-DE' };

function trip(order) {
  const page = 'https://shop.example/p/blue-shirt?utm_source=news&utm_medium=email&utm_campaign=spring';
  return [
    { url: page, action_name: 'Home', rand: `${order}-1`, ...visitor },
    { url: page, action_name: 'Blue shirt', _pks: 'SKU-1', _pkn: 'Blue shirt', _pkc: 'Shirts', _pkp: 19.99, rand: `${order}-2`, ...visitor },
    { url: page, idgoal: 0, revenue: 49.48, ec_items: items, rand: `${order}-3`, ...visitor },
    { url: page, idgoal: 0, ec_id: order, revenue: 64.37, ec_st: 49.48, ec_tx: 9.4, ec_sh: 5.49, ec_items: items, rand: `${order}-4`, ...visitor },
  ];
}

test('a shopping trip through matomo-tracker', async (t) => {
  const server = await startServer();
  t.after(() => server.stop());
  const tracker = new MatomoTracker(server.site, `${server.base}/matomo.php`);
  const failures = [];
  tracker.on('error', (error) => failures.push(error));

  // One request after the other, as a visitor clicks; `track` has no callback.
  let sent = 0;
  for (const hit of trip('A-1')) {
    tracker.track(hit);
    await server.settle((sent += 1));
  }
  const bulk = await new Promise((resolve) => tracker.trackBulk(trip('A-2'), resolve));
  assert.deepEqual(JSON.parse(bulk), { status: 'success', tracked: 4, invalid: 0 });
  await server.settle((sent += 4));
  // The same order once more: a success for the client, and nothing new for the reports.
  tracker.track({ ...trip('A-1')[3], rand: 'again' });
  await server.settle((sent += 1));
  assert.deepEqual(failures, []);

  const [sales] = await server.report('visits,page_views,product_views,orders,order_total,tax,shipping,units,carts,carts_abandoned');
  assert.deepEqual(sales, {
    visits: 1, page_views: 4, product_views: 2, orders: 2, order_total: '128.74', tax: '18.80', shipping: '10.98',
    units: 6, carts: 2, carts_abandoned: 0,
  });
  const products = await server.report('gross_sales,units', 'sku');
  assert.deepEqual(products.sort((a, b) => a.sku.localeCompare(b.sku)), [
    { sku: 'SKU-1', gross_sales: '79.96', units: 4 },
    { sku: 'SKU-2', gross_sales: '19.00', units: 2 },
  ]);
  assert.deepEqual(await server.report('orders', 'campaign'), [{ campaign: 'spring', orders: 2 }]);
  assert.deepEqual(await server.report('visits', 'browser'), [{ browser: 'Firefox', visits: 1 }]);
});
