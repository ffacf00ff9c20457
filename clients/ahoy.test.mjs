// npm's ahoy.js, unmodified, in a real Chromium: a visit, page views, products, a cart, an order that is sent twice and a refund.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { chromium } from 'playwright-core';
import { startServer } from './server.mjs';

const script = readFileSync(createRequire(import.meta.url).resolve('ahoy.js'), 'utf8');
const agent = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Safari/537.36';

// A shop of one page, which tells what it is told to.
async function startShop(options) {
  const page = `<!doctype html><title>Shop</title><script src="/ahoy.js"></script><script>ahoy.configure(${JSON.stringify(options)})</script>`;
  const server = createServer((asked, answer) => {
    const isScript = asked.url === '/ahoy.js';
    answer.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html');
    answer.end(isScript ? script : page);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { base: `http://127.0.0.1:${server.address().port}`, stop: () => new Promise((resolve) => (server.closeAllConnections(), server.close(resolve))) };
}

const item = { item_id: 'SKU-1', item_name: 'Blue shirt', price: 19.99, quantity: 2 };
const order = { transaction_id: 'A-1', value: 49.93, tax: 7.97, shipping: 9.95, currency: 'EUR', items: [item] };

for (const [name, options] of [['beacons', {}], ['requests with a header of their own', { headers: { 'X-Shop': '1' } }]]) {
  test(`a shopping trip through ahoy.js by ${name}`, async (t) => {
    const server = await startServer();
    t.after(() => server.stop());
    const { html } = await server.get(`/api/v1/sites/${server.site}/snippet`);
    const key = /data-site="([^"]+)"/.exec(html)[1];
    const shop = await startShop({ urlPrefix: `${server.base}/${key}`, ...options });
    t.after(() => shop.stop());
    const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: ['--no-sandbox'] });
    t.after(() => browser.close());
    const page = await (await browser.newContext({ userAgent: agent })).newPage();

    await page.goto(`${shop.base}/?utm_source=news&utm_medium=email&utm_campaign=spring`);
    await page.evaluate((item) => {
      ahoy.trackView();
      ahoy.track('view_item', { items: [item] });
      ahoy.track('add_to_cart', { items: [item] });
    }, item);
    // The visit, the page, the product, the cart.
    await server.settle(4);
    await page.goto(`${shop.base}/thanks`);
    await page.evaluate((order) => {
      ahoy.trackView();
      ahoy.track('purchase', order);
      ahoy.track('purchase', order);
      ahoy.track('refund', { transaction_id: 'A-1', refund_id: 'r1', items: [{ item_id: 'SKU-1', price: 19.99, quantity: 1 }] });
    }, order);
    await server.settle(8);

    const [totals] = await server.report('visits,page_views,product_views,adds_to_cart,orders,order_total,gross_sales,shipping,units,units_returned');
    assert.deepEqual(totals, {
      visits: 1, page_views: 2, product_views: 1, adds_to_cart: 1, orders: 1, order_total: '49.93', gross_sales: '39.98',
      shipping: '9.95', units: 2, units_returned: 1,
    });
    assert.deepEqual(await server.report('orders', 'campaign'), [{ campaign: 'spring', orders: 1 }]);
  });
}
