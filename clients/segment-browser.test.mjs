// npm's @segment/analytics-next, unmodified, in a real Chromium: it fetches its settings, asks by CORS preflight whether it may
// send, and calls the short paths.
import assert from 'node:assert/strict';
import { createReadStream, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { test } from 'node:test';
import { chromium } from 'playwright-core';
import { startServer } from './server.mjs';

const bundles = join(dirname(createRequire(import.meta.url).resolve('@segment/analytics-next/package.json')), 'dist/umd');

const agent = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Safari/537.36';

// The shop's own host: the page, the script and its parts, and the settings handed on from the server under test.
async function startShop(base) {
  const snippet = "window.analytics = []; analytics._writeKey = 'WK_TEST'; analytics._cdn = location.origin;";
  const html = `<title>Shop</title><script>${snippet}</script><script src="/analytics.min.js"></script>`;
  const shop = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://shop.example');
    const file = join(bundles, pathname === '/analytics.min.js' ? 'standalone.js' : basename(pathname));
    if (pathname.startsWith('/v1/')) {
      const answer = await fetch(base + pathname, { headers: { origin: `http://${request.headers.host}` } });
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
    } else if (file.endsWith('.js') && existsSync(file)) {
      createReadStream(file).pipe(response.writeHead(200, { 'content-type': 'text/javascript' }));
    } else {
      response.writeHead(200, { 'content-type': 'text/html' }).end(html);
    }
  });
  await new Promise((resolve) => shop.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${shop.address().port}`, stop: () => shop.closeAllConnections() ?? shop.close() };
}

test('a shopping trip through @segment/analytics-next', async (t) => {
  const server = await startServer();
  t.after(() => server.stop());
  server.cli('site', 'set', '--site', String(server.site), 'dialects=segment:WK_TEST');
  const shop = await startShop(server.base);
  t.after(() => shop.stop());

  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: ['--no-sandbox'] });
  t.after(() => browser.close());
  const page = await (await browser.newContext({ userAgent: agent })).newPage();
  await page.goto(`${shop.url}/?utm_source=news&utm_medium=email&utm_campaign=spring`);
  await page.waitForFunction(() => window.analytics.initialized, null, { timeout: 10_000 });
  await page.evaluate(async () => {
    const product = { product_id: 'p1', sku: 'SKU-1', name: 'Blue shirt', price: 19.99, quantity: 2 };
    await analytics.page('Product', 'Blue shirt');
    await analytics.track('Product Viewed', product);
    await analytics.identify('cust-42', { email: 'a@example.com' });
    await analytics.track('Product Added', { cart_id: 'c-1', ...product });
    await analytics.track('Order Completed', {
      order_id: 'A-1', total: 52.57, subtotal: 39.98, tax: 7.6, shipping: 4.99, currency: 'EUR', products: [product],
    });
    await analytics.track('Order Refunded', { order_id: 'A-1', products: [{ ...product, quantity: 1 }] });
  });
  await server.settle(6);

  const metrics = 'visits,page_views,product_views,adds_to_cart,orders,order_total,gross_sales,shipping,difference,units,returns,units_returned';
  // What was given back contains its share of the tax: 19.99 = 16.80 + 3.19.
  assert.deepEqual(await server.report(metrics), [{
    visits: 1, page_views: 1, product_views: 1, adds_to_cart: 1, orders: 1, order_total: '52.57', gross_sales: '39.98',
    shipping: '4.99', difference: '0.00', units: 2, returns: '16.80', units_returned: 1,
  }]);
  assert.deepEqual(await server.report('orders', 'campaign'), [{ campaign: 'spring', orders: 1 }]);
});
