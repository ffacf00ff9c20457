/** Heap's `heap`: events keep their names; its sample schemas for orders become an order. */
import "../script";
import { getVisitorId, identify, init, reset, track } from "../core";
import { endpoint, home, renamed, safely, type Payload } from "./common";

const w = window as unknown as { heap?: Record<string, any> & ArrayLike<unknown> };
const ITEM = { sku: "item_id", product_id: "item_id", name: "item_name", brand: "item_brand", category: "item_category", variant: "item_variant" };
/** Names of docs/events.md that the properties are the payload of, as the server reads them in Heap's requests. */
const NATIVE = /^(view_|select_|add_|remove_from_cart|cart_update|begin_checkout|purchase$|order_|refund$|search$|goal$)/;
const OF_ORDER = ["order_id", "currency", "email", "order_count", "discount_code"];

let always: Payload = {};

function tell(name: string, properties: Payload = {}): void {
  const all: Payload = { ...always, ...properties };
  const order = all.order_id && { transaction_id: String(all.order_id), currency: all.currency, coupon: all.discount_code, email: all.email };
  if (order && /^order$/i.test(name)) {
    const { total, subtotal, shipping, discount, order_count } = all;
    track("purchase", renamed({ ...order, value: total, subtotal, shipping, discount, order_count }, {}));
  } else if (order && /^purchase$/i.test(name)) {
    const line = Object.fromEntries(Object.entries(all).filter(([key]) => !OF_ORDER.includes(key) && !/^(gross|net)_price$/.test(key)));
    track("order_update", renamed({ ...order, lines: "partial", items: [renamed(line, ITEM)] }, {}));
  } else if (order && /^refund$/i.test(name) && !all.transaction_id) {
    const { order_id, total, amount, ...rest } = all;
    const of = renamed(rest, ITEM);
    const { item_id, item_name, item_brand, item_category, item_variant, price, quantity, ...said } = of;
    const items = item_id ? [renamed({ item_id, item_name, item_brand, item_category, item_variant, price, quantity }, {})] : undefined;
    track("refund", renamed({ ...said, transaction_id: String(order_id), amount: amount ?? total, items }, {}));
  } else track(name, NATIVE.test(name) ? all : { properties: all });
}

const methods: Record<string, (...args: any[]) => unknown> = {
  track: tell,
  identify: (id) => identify({ user_id: String(id) }),
  resetIdentity: reset,
  addUserProperties: (traits) => track("identify", { traits, email: traits?.email }),
  addEventProperties: (properties) => (always = { ...always, ...properties }),
  removeEventProperty: (name) => delete always[name],
  clearEventProperties: () => (always = {}),
  getUserId: getVisitorId,
};

safely(() => {
  const before = Array.from(w.heap || []) as [string, ...unknown[]][];
  const id = /heap-(\w+)\.js/.exec(home?.pathname || "")?.[1] || w.heap?.appid;
  const heap = (w.heap = { loaded: true } as unknown as Record<string, any> & ArrayLike<unknown>);
  for (const name of Object.keys(methods)) heap[name] = (...args: unknown[]) => safely(() => methods[name]!(...args));
  const begin = (app: unknown) => init({ site: "heap:" + app, endpoint });
  heap.load = begin;
  if (id) begin(id);
  for (const [method, ...args] of before) safely(() => heap[method]?.(...args));
});
