// npm's @snowplow/node-tracker, unmodified: a product, a cart, orders in both of Snowplow's ways and a refund, by POST and by GET.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  buildEcommerceTransaction, buildEcommerceTransactionItem, buildPageView, buildSelfDescribingEvent, newTracker,
} from '@snowplow/node-tracker';
import { startServer } from './server.mjs';

const shop = (name, data) => ({ schema: `iglu:com.snowplowanalytics.snowplow.ecommerce/${name}/jsonschema/1-0-0`, data });
const product = (id, price, quantity) => shop('product', { id, price, quantity, category: 'Shirts/Sale', currency: 'EUR' });
const action = (type) => buildSelfDescribingEvent({ event: shop('snowplow_ecommerce_action', { type }) });

for (const eventMethod of ['post', 'get']) {
  test(`orders through the tracker for node by ${eventMethod}`, async (t) => {
    const server = await startServer();
    t.after(() => server.stop());
    server.cli('site', 'set', '--site', String(server.site), 'dialects=snowplow:shop');
    const { hostname, port } = new URL(server.base);
    const outcomes = [];
    const tracker = newTracker({ namespace: 'n', appId: 'shop' }, {
      endpoint: hostname, port: Number(port), protocol: 'http', eventMethod, bufferSize: 1,
      onRequestSuccess: () => outcomes.push('ok'), onRequestFailure: (failure) => outcomes.push(failure),
    });
    tracker.setUserId('cust-42');
    tracker.setDomainUserId('9dc57472-ecb4-4a01-af0f-4b29118b17df');
    const settled = async (sent) => {
      await tracker.flush();
      await server.settle(sent);
    };
    tracker.track(buildPageView({ pageUrl: 'https://shop.example/', pageTitle: 'Home' }));
    tracker.track(action('product_view'), [product('S1', 19.9, 1)]);
    tracker.track(action('add_to_cart'), [product('S1', 19.9, 2), shop('cart', { cart_id: 'c-1', total_value: 39.8, currency: 'EUR' })]);
    await settled(3);
    tracker.track(action('transaction'), [
      product('S1', 19.9, 2), product('S2', 9.95, 1),
      shop('transaction', { transaction_id: 'A-1', revenue: 49.75, currency: 'EUR', payment_method: 'card', tax: 8.29 }),
    ]);
    await settled(4);
    tracker.track(action('refund'), [
      product('S2', 9.95, 1), shop('refund', { transaction_id: 'A-1', currency: 'EUR', refund_amount: 9.95 }),
    ]);
    await settled(5);
    tracker.track(buildEcommerceTransaction({ orderId: 'A-2', total: 25.5, tax: 4.07, currency: 'EUR' }));
    for (const [sku, price, quantity] of [['S1', 10.25, 2], ['S3', 5, 1]]) {
      tracker.track(buildEcommerceTransactionItem({ orderId: 'A-2', sku, price, quantity, currency: 'EUR' }));
    }
    await settled(8);
    assert.ok(outcomes.length > 0 && outcomes.every((outcome) => outcome === 'ok'), JSON.stringify(outcomes));

    const [sales] = await server.report('product_views,adds_to_cart,orders,order_total,tax,units,returns');
    // What was given back contains its share of the tax: 9.95 = 8.53 + 1.42.
    assert.deepEqual(sales, {
      product_views: 1, adds_to_cart: 1, orders: 2, order_total: '75.25', tax: '10.94', units: 6, returns: '8.53',
    });
    const { lines } = await server.get(`/api/v1/sites/${server.site}/orders/A-2`);
    assert.deepEqual(lines.map((line) => line.sku).sort(), ['S1', 'S3']);
  });
}
