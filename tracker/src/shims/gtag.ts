/** GA4's `gtag` and `dataLayer`: the same events, sent to the shop's own server. */
import "../script";
import { identify, init, track } from "../core";
import { decimal, endpoint, hear, home, millionths, safely, type Payload } from "./common";

const w = window as unknown as { dataLayer?: unknown[]; gtag?: unknown };
/** Parameters that steer Google's script and say nothing of the event. */
const OWN = /^(send_to|event_(callback|timeout)|transport|debug_mode|groups)$/;
const RENAMED: Record<string, string> = { payment_type: "payment_method", shipping_tier: "shipping_method" };

let begun = false;
let always: Payload = {};

function begin(id: string, config: Payload = {}): void {
  if (config.user_id) identify({ user_id: config.user_id });
  if (begun || !/^G-/.test(id)) return;
  begun = true;
  const auto = config.send_page_view !== false;
  init({ site: "ga4:" + id, endpoint, auto, cookies: true });
}

/** GA4's shops state `value` with or without tax and shipping; where it is the items' sum, these come on top. */
function totalOf({ value, items, tax, shipping }: Payload): Payload {
  const lines = (items || []) as Payload[];
  const sum = lines.reduce((all, item) => all + (millionths(item.price) || 0) * Number(item.quantity ?? 1), 0);
  const stated = millionths(value);
  if (stated == null || !lines.length || Math.abs(sum - stated) >= 5000) return {};
  return { value: decimal(stated + (millionths(tax) || 0) + (millionths(shipping) || 0)) };
}

function event(name: string, params: Payload = {}): void {
  const payload: Payload = {};
  for (const [key, value] of Object.entries({ ...always, ...params })) {
    if (value != null && !OWN.test(key)) payload[RENAMED[key] || key] = value;
  }
  // GA4's discount is a piece's, ours the line's.
  if (Array.isArray(payload.items)) {
    payload.items = (payload.items as Payload[]).map((item) => {
      const discount = millionths(item.discount);
      const quantity = Number(item.quantity ?? 1);
      return discount ? { ...item, price: decimal((millionths(item.price) || 0) + discount), discount: decimal(discount * quantity) } : item;
    });
  }
  if (name == "purchase") track(name, { ...payload, ...totalOf({ ...payload, items: params.items }) });
  else if (name == "refund") track(name, payload);
  else if (name != "page_view" || params.page_location) track(name, page(payload));
}

function page({ page_location, page_title, page_referrer, ...payload }: Payload): Payload {
  return page_location ? { ...payload, page: { url: page_location, title: page_title, referrer: page_referrer } } : payload;
}

function run(said: unknown): void {
  const entry = said as { event?: string; ecommerce?: Payload; length?: number };
  if (entry.event && entry.length == null) {
    const { event: name, ecommerce, ...rest } = entry;
    if (!name.startsWith("gtm.")) event(name, { ...(rest as Payload), ...(ecommerce || {}) });
    return;
  }
  const [word, subject, params] = Array.from(said as ArrayLike<unknown>) as [string, unknown, Payload?];
  if (word == "config") begin(subject as string, params);
  else if (word == "event") event(subject as string, params);
  else if (word == "set" && typeof subject == "object") always = { ...always, ...(subject as Payload) };
}

safely(() => {
  const id = home?.searchParams.get("id");
  const layer = (w.dataLayer ||= []);
  w.gtag ||= function () {
    layer.push(arguments);
  };
  hear(layer, run);
  if (id) begin(id);
});
