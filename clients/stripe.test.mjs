// npm's stripe, unmodified: its own test headers sign the webhooks that we must believe, and its rules say which not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import Stripe from 'stripe';
import { startServer } from './server.mjs';

const secret = 'whsec_client_test_0123456789';
const stripe = new Stripe('sk_test_never_used');

function event(id, type, object) {
  return JSON.stringify({ id, object: 'event', type, created: Math.floor(Date.now() / 1000), livemode: true, data: { object } }, null, 2);
}

test('webhooks signed by stripe', async (t) => {
  const server = await startServer();
  t.after(() => server.stop());
  const { token } = server.cli('token', 'add', '--scope', 'admin');
  const [{ collect_key: key }] = server.cli('site', 'list', '--json').sites;
  const stored = await fetch(`${server.base}/api/v1/sites/${server.site}/secrets`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ dialect: 'stripe', secret }),
  });
  assert.equal(stored.status, 201);

  const send = async (payload, header) => {
    const headers = { 'content-type': 'application/json; charset=utf-8', 'stripe-signature': header };
    const answer = await fetch(`${server.base}/v1/webhooks/stripe/${key}`, { method: 'POST', headers, body: payload });
    return answer.status;
  };
  const header = (payload, more = {}) => stripe.webhooks.generateTestHeaderString({ payload, secret, ...more });
  // Says what Stripe's own library makes of a webhook.
  const believed = (payload, signature) => {
    try {
      stripe.webhooks.constructEvent(payload, signature, secret);
      return true;
    } catch {
      return false;
    }
  };
  const now = Math.floor(Date.now() / 1000);
  const session = event('evt_1', 'checkout.session.completed', {
    id: 'cs_1', object: 'checkout.session', mode: 'payment', payment_status: 'paid', payment_intent: 'pi_1', amount_total: 4975,
    currency: 'eur', metadata: { order_id: '1001' }, total_details: { amount_discount: 0, amount_shipping: 995, amount_tax: 829 },
  });
  const payment = event('evt_2', 'payment_intent.succeeded', { id: 'pi_1', amount: 4975, amount_received: 4975, currency: 'eur' });
  const refund = event('evt_3', 'refund.created', {
    id: 're_1', object: 'refund', amount: 1000, currency: 'eur', payment_intent: 'pi_1', status: 'succeeded', created: now,
  });
  const cases = [
    [refund, header(refund)],
    [session, header(session)],
    [session, header(session)],
    [payment, `${header(payment, { secret: 'whsec_another' })},${header(payment).split(',')[1]}`],
    [session, header(payment)],
    [session, header(session, { secret: 'whsec_another' })],
    [session, header(session, { timestamp: now - 400 })],
    [session, header(session, { timestamp: now + 4000 })],
    [session, header(session, { scheme: 'v0' })],
    [JSON.stringify(JSON.parse(session)), header(session)],
    [session, ''],
  ];
  for (const [payload, signature] of cases) {
    assert.equal(await send(payload, signature), believed(payload, signature) ? 200 : 401, signature);
  }
  await server.caughtUp();
  const [row] = await server.report('orders,order_total,shipping,refund_amount');
  assert.deepEqual(row, { orders: 1, order_total: '49.75', shipping: '9.95', refund_amount: '10.00' });
});
