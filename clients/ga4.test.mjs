// npm's @minimal-analytics/ga4, unmodified, in a page: a page view, a product, a cart, an order and a refund.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { JSDOM } from 'jsdom';
import { startServer } from './server.mjs';

const source = readFileSync(createRequire(import.meta.url).resolve('@minimal-analytics/ga4'), 'utf8');

test('a shopping trip through @minimal-analytics/ga4', async (t) => {
  const server = await startServer();
  t.after(() => server.stop());
  server.cli('site', 'set', '--site', String(server.site), 'dialects=ga4:G-TEST');

  const url = 'https://shop.example/p/shirt?utm_source=news&utm_medium=email&utm_campaign=spring';
  const page = new JSDOM('<title>Blue shirt</title>', { url, runScripts: 'outside-only', pretendToBeVisual: true });
  t.after(() => page.window.close());
  const answers = [];
  page.window.minimalAnalytics = { trackingId: 'G-TEST', analyticsEndpoint: `${server.base}/g/collect`, defineGlobal: true };
  const userAgent = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0';
  page.window.navigator.sendBeacon = (target) => {
    answers.push(fetch(target, { method: 'POST', headers: { origin: 'https://shop.example', 'user-agent': userAgent } }));
    return true;
  };
  page.window.eval(source);
  const track = async (options) => {
    page.window.track('G-TEST', options);
    assert.equal((await answers.at(-1)).status, 204);
  };

  const item = (quantity) => ['pr1', `idSKU-1~nmBlue shirt~caShirts~pr18~ds2~qt${quantity}`];
  await track();
  await track({ type: 'view_item', event: [item(1)] });
  await track({ type: 'add_to_cart', event: [item(2), ['cu', 'EUR']] });
  const order = [
    item(2), ['pr2', 'idSKU-2~nmHat~~cap~pr9.5~qt1'], ['cu', 'EUR'], ['ep.transaction_id', 'A-1'], ['epn.value', 45.5],
    ['epn.tax', 8.65], ['epn.shipping', 5], ['ep.coupon', 'SPRING'],
  ];
  await track({ type: 'purchase', event: order });
  await track({ type: 'purchase', event: order });
  await track({ type: 'refund', event: [['pr1', 'idSKU-2~nmHat~pr9.5~qt1'], ['cu', 'EUR'], ['ep.transaction_id', 'A-1']] });
  await server.settle(6);

  const metrics = 'visits,page_views,product_views,adds_to_cart,orders,order_total,gross_sales,discounts,shipping,difference,units,returns,units_returned';
  // What was given back contains its share of the tax: 9.50 = 7.98 + 1.52.
  assert.deepEqual(await server.report(metrics), [{
    visits: 1, page_views: 1, product_views: 1, adds_to_cart: 1, orders: 1, order_total: '59.15', gross_sales: '49.50',
    discounts: '4.00', shipping: '5.00', difference: '0.00', units: 3, returns: '7.98', units_returned: 1,
  }]);
  assert.deepEqual(await server.report('orders', 'campaign'), [{ campaign: 'spring', orders: 1 }]);
  assert.deepEqual(await server.report('visits', 'browser'), [{ browser: 'Firefox', visits: 1 }]);
});
