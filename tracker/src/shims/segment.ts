/** Segment's `analytics`: the Ecommerce Spec's events become native ones, everything else keeps its name. */
import "../script";
import { getVisitorId, identify, init, reset, track } from "../core";
import { endpoint, home, renamed, safely, type Payload } from "./common";

const EVENTS: Record<string, string> = {
  "Products Searched": "search",
  "Product List Viewed": "view_item_list",
  "Product Clicked": "select_item",
  "Product Viewed": "view_item",
  "Product Added": "add_to_cart",
  "Product Removed": "remove_from_cart",
  "Cart Viewed": "view_cart",
  "Checkout Started": "begin_checkout",
  "Payment Info Entered": "add_payment_info",
  "Promotion Viewed": "view_promotion",
  "Promotion Clicked": "select_promotion",
  "Order Updated": "order_update",
  "Order Completed": "purchase",
  "Order Refunded": "refund",
};
const ITEM = {
  product_id: "item_id", name: "item_name", brand: "item_brand", variant: "item_variant", category: "item_category", position: "index",
};
const EVENT = {
  order_id: "transaction_id", query: "search_term", list_id: "item_list_id", total: "value", creative: "creative_name",
};
const PRODUCT = ["product_id", "sku", "name", "brand", "variant", "category", "price", "quantity", "coupon", "position", "url", "image_url"];

type Analytics = unknown[] & Record<string, any>;
const w = window as unknown as { analytics?: Analytics };

const item = (product: Payload) => {
  const out = renamed(product, ITEM);
  // A product's own SKU is what the shop's order names.
  if (product.sku) out.item_id = product.sku;
  delete out.sku;
  return out;
};

function tell(event: string, properties: Payload = {}): void {
  const name = EVENTS[event];
  if (!name) return track(event, { properties });
  const { products, revenue, ...rest } = properties as Payload & { products?: Payload[] };
  const own: Payload = {};
  const single: Payload = {};
  const isProduct = !products && (properties.product_id || properties.sku);
  for (const [key, value] of Object.entries(rest)) (isProduct && PRODUCT.includes(key) ? single : own)[key] = value;
  const payload = renamed(own, EVENT);
  const items = (products || (isProduct ? [single] : [])).map(item);
  if (items.length) payload.items = items;
  // Without a total the charge is what the parts come to.
  if (payload.value == null && revenue != null && name != "refund") {
    payload.value = String(+(Number(revenue) + Number(payload.shipping || 0) + Number(payload.tax || 0)).toFixed(4));
  }
  if (name == "refund" && payload.value != null) {
    payload.amount = payload.value;
    delete payload.value;
  }
  track(name, payload);
}

const methods: Record<string, (...args: any[]) => unknown> = {
  page: () => track("page_view"),
  track: tell,
  identify: (id, traits) => {
    const [user_id, said] = typeof id == "object" ? [undefined, id] : [id, traits];
    identify({ user_id: user_id == null ? undefined : String(user_id), email: said?.email, traits: said });
  },
  reset,
  ready: (done) => done?.(),
};

safely(() => {
  const key = /\/v1\/([^/]+)\/analytics/.exec(home?.pathname || "")?.[1] || (w.analytics as any)?._writeKey;
  const before = w.analytics;
  const analytics = (w.analytics = { initialized: true, user: () => ({ anonymousId: getVisitorId }) } as unknown as Analytics);
  for (const name of Object.keys(methods)) {
    analytics[name] = (...args: unknown[]) => (safely(() => methods[name]!(...args)), analytics);
  }
  for (const name of ["load", "alias", "group", "on", "once", "off", "debug", "addSourceMiddleware"]) analytics[name] = () => analytics;
  if (key) init({ site: "segment:" + key, endpoint, auto: false });
  for (const [method, ...args] of Array.from(before || []) as [string, ...unknown[]][]) safely(() => methods[method]?.(...args));
});
