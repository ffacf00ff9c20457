// PyPI's segment-analytics-python, mixpanel and ga4mp, unmodified: a product view, a cart, an order and a refund.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { startServer } from './server.mjs';

const python = process.env.TALLYHO_PYTHON;
if (!python) throw new Error('TALLYHO_PYTHON must name a Python that has clients/python/requirements.txt');

const DIALECTS = { segment: 'segment:WK', mixpanel: 'mixpanel:TOK', ga4: 'ga4:G-SHOP' };

for (const [library, dialect] of Object.entries(DIALECTS)) {
  test(`a shopping trip through ${library}'s library for Python`, async (t) => {
    const server = await startServer();
    t.after(() => server.stop());
    server.cli('site', 'set', '--site', String(server.site), `dialects=${dialect}`);
    const program = new URL('./python/shop.py', import.meta.url).pathname;
    await promisify(execFile)(python, [program, library, server.base], { timeout: 60_000 });
    await server.caughtUp();
    const [figures] = await server.report('product_views,adds_to_cart,orders,order_total,gross_sales,returns,units,units_returned');
    assert.deepEqual(figures, {
      product_views: 1, adds_to_cart: 2, orders: 1, order_total: '165.00', gross_sales: '160.00', returns: '20.00',
      units: 3, units_returned: 1,
    });
  });
}
