/** Matomo's `_paq`: pages keep their code, only the host changes. */
import "../script";
import { getVisitorId, identify, init, reset, setConsent, track } from "../core";
import { endpoint, hear, safely, type Payload } from "./common";

type Line = [string, string?, (string | string[])?, unknown?, unknown?];

const w = window as unknown as { _paq?: unknown[]; Matomo?: unknown; Piwik?: unknown };
const lines = new Map<string, Line>();
let site: string | undefined;
let wait = false;
let cookies = true;
let page: Payload = {};
let product: Payload | undefined;

function item([item_id, item_name, category, price, quantity]: Line): Payload {
  const categories = ([] as string[]).concat(category || []);
  return { item_id, item_name, categories, price: price ?? 0, quantity: quantity ?? 1 };
}

function begin(): void {
  if (site) init({ site, endpoint, cookies, wait, auto: false });
}

const items = () => [...lines.values()].map(item);
const some = (payload: Payload) => Object.fromEntries(Object.entries(payload).filter(([, v]) => v != null && v !== "" && v !== false));
const tell = (name: string, payload: Payload) => {
  begin();
  track(name, Object.keys(page).length ? { ...payload, page: { url: location.href, title: document.title, referrer: document.referrer, ...page } } : payload);
};

const commands: Record<string, (...args: any[]) => unknown> = {
  setSiteId: (id) => (site = String(id)),
  setCustomUrl: (url) => (page.url = new URL(url, location.href).href),
  setDocumentTitle: (title) => (page.title = title),
  setReferrerUrl: (referrer) => (page.referrer = referrer),
  setUserId: (user_id) => (begin(), identify({ user_id: String(user_id) })),
  resetUserId: reset,
  disableCookies: () => (cookies = false),
  requireConsent: () => (wait = true),
  requireCookieConsent: () => setConsent("deny"),
  setConsentGiven: () => setConsent("grant"),
  rememberConsentGiven: () => setConsent("grant"),
  setCookieConsentGiven: () => setConsent("grant"),
  forgetConsentGiven: () => setConsent("deny"),
  optUserOut: () => setConsent("deny"),
  setEcommerceView: (sku, name, category, price) => {
    if (sku) product = item([String(sku), name || undefined, category || undefined, price]);
    else page.properties = undefined;
  },
  trackPageView: (title) => {
    if (title) page.title = title;
    tell("page_view", {});
    if (product) tell("view_item", { items: [product] });
    product = undefined;
    page = page.url ? { url: page.url } : {};
  },
  addEcommerceItem: (sku, ...rest) => lines.set(String(sku), [String(sku), ...rest] as Line),
  removeEcommerceItem: (sku) => lines.delete(String(sku)),
  clearEcommerceCart: () => lines.clear(),
  trackEcommerceCartUpdate: (value) => tell("cart_update", some({ items: items(), value })),
  trackEcommerceOrder: (id, value, subtotal, tax, shipping, discount) => {
    tell("purchase", some({ transaction_id: String(id), value, subtotal, tax, shipping, discount, items: items() }));
    lines.clear();
  },
  trackGoal: (goal, value) => tell("goal", some({ goal, value })),
  trackEvent: (category, action, label, value) => tell(String(action), some({ properties: { category, label, value } })),
  trackSiteSearch: (search_term, search_category, results) => tell("search", some({ search_term, search_category, results })),
  trackLink: (url, kind) => tell(kind == "download" ? "file_download" : "click", { properties: { url } }),
};

const self = { getVisitorId, getEcommerceItems: () => Object.fromEntries(lines) };

function run(said: unknown): void {
  const [command, ...args] = Array.from(said as ArrayLike<unknown>);
  if (typeof command == "function") command.apply(self, args);
  else commands[String(command)]?.(...args);
}

safely(() => {
  const queue = (w._paq ||= []);
  // What sets the tracker up counts first, wherever it stands in the queue: as with the original.
  const early = ["setSiteId", "disableCookies", "requireConsent", "setUserId"];
  const first = (said: unknown) => early.includes((said as unknown[])[0] as string);
  const sorted = queue.filter(first).concat(queue.filter((said) => !first(said)));
  queue.splice(0, queue.length, ...sorted);
  hear(queue, run);
  w.Matomo = w.Piwik = { getTracker: () => self, getAsyncTracker: () => self };
});
