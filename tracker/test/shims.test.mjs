// Pages that speak another client's language, with nothing changed but the host: each trip gives the same events, the
// same order and the same figures as our own calls. Where a client has no word for something, its page says so.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import { startServer } from "../../clients/server.mjs";
import { launch } from "../sample-shop/stage.mjs";

let server, browser;
/** What our own calls gave. */
let native;

before(async () => {
  server = await startServer();
  browser = await chromium.launch(launch());
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** The products in the words of GA4, which are ours, and in those of Segment and Heap. */
const ITEMS = `const S1 = { item_id: "S1", item_name: "Shirt", price: "20.00" }, S2 = { item_id: "S2", item_name: "Boot", price: "120.00" },
  S3 = { item_id: "S3", item_name: "Sock", price: "5.00" }, S4 = { item_id: "S4", item_name: "Hat", price: "30.00" };
  const bought = [{ ...S1, quantity: 2 }, { ...S2, quantity: 1 }, { ...S3, quantity: 1 }];`;
const PRODUCTS = `const P1 = { product_id: "p1", sku: "S1", name: "Shirt", price: 20 }, P2 = { product_id: "p2", sku: "S2", name: "Boot", price: 120 },
  P3 = { product_id: "p3", sku: "S3", name: "Sock", price: 5 }, P4 = { product_id: "p4", sku: "S4", name: "Hat", price: 30 };
  const bought = [{ ...P1, quantity: 2 }, { ...P2, quantity: 1 }, { ...P3, quantity: 1 }];`;

/** The trip in native events, each told by the page's function `tell`. */
const OURS = `
  tell("view_item", { items: [S1] }); tell("view_item", { items: [S2] });
  tell("add_to_cart", { items: [{ ...S1, quantity: 2 }] }); tell("add_to_cart", { items: [{ ...S2, quantity: 1 }] });
  tell("add_to_cart", { items: [{ ...S3, quantity: 1 }] }); tell("add_to_cart", { items: [{ ...S4, quantity: 1 }] });
  tell("remove_from_cart", { items: [{ ...S4, quantity: 1 }] });
  tell("begin_checkout", { items: bought, value: "165.00", currency: "EUR" });
  tell("purchase", { transaction_id: "1001", value: "170.00", currency: "EUR", shipping: "5.00", items: bought });
  tell("refund", { transaction_id: "1001", refund_id: "R1", amount: "20.00", currency: "EUR", items: [{ ...S1, quantity: 1 }] });`;

/** Leaves out the events with these names. */
const without = (...names) => (events) => events.filter((event) => !names.includes(event.name));
const named = (events, name) => events.filter((event) => event.name == name);
const nameless = (items) => items.map((item) => ({ ...item, item_name: null }));
/** Without a currency: then the site's holds. */
const bare = (event) => (event.order ? { ...event, order: { ...event.order, currency: null } } : event);
/** The cart before and after something was taken out of it, as clients tell it that know only whole carts. */
function carts(events) {
  const [{ items, ...event }] = named(events, "begin_checkout");
  const [{ items: taken }] = named(events, "remove_from_cart");
  return [{ ...event, name: "cart_update", items: [...items, ...taken] }, { ...event, name: "cart_update", items }];
}

/**
 * Two products viewed, four put into the cart, one taken out, the checkout, an order of 2 x 20.00, 120.00 and 5.00 with
 * 5.00 shipping, and one piece given back. `as` says what of it a client can tell.
 */
const PAGES = {
  tallyho: {
    html: (host, key) => `<script async src="${host}${server.word}" data-site="${key}"></script>
      <script>window.tallyho=window.tallyho||function(){(tallyho.q=tallyho.q||[]).push(arguments)};
        ${ITEMS} const tell = (name, payload) => tallyho(name, payload); ${OURS}
      </script>`,
  },
  matomo: {
    lacks: ["adds_to_cart", "returns"],
    // A product is seen with its page, carts are told whole, and there are no words for the checkout and money given back.
    as: (events) => [
      ...without("add_to_cart", "remove_from_cart", "begin_checkout", "refund")(events).map(bare),
      ...named(events, "page_view"),
      ...carts(events),
    ],
    html: (host, key, site) => `<script>
        var _paq = window._paq = window._paq || [];
        _paq.push(["setEcommerceView", "S1", "Shirt", "Clothes", 20]); _paq.push(["trackPageView"]);
        _paq.push(["setEcommerceView", "S2", "Boot", "Shoes", 120]); _paq.push(["trackPageView"]);
        _paq.push(["addEcommerceItem", "S1", "Shirt", "Clothes", 20, 2]); _paq.push(["addEcommerceItem", "S2", "Boot", ["Shoes"], 120, 1]);
        _paq.push(["addEcommerceItem", "S3", "Sock", "Clothes", 5, 1]); _paq.push(["addEcommerceItem", "S4", "Hat", "Clothes", 30, 1]);
        _paq.push(["trackEcommerceCartUpdate", 195]);
        _paq.push(["removeEcommerceItem", "S4"]); _paq.push(["trackEcommerceCartUpdate", 165]);
        _paq.push(["trackEcommerceOrder", "1001", 170, 165, 0, 5, false]);
        (function() { var u="${host}/"; _paq.push(["setTrackerUrl", u+"matomo.php"]); _paq.push(["setSiteId", "${site}"]);
          var d=document, g=d.createElement("script"), s=d.getElementsByTagName("script")[0];
          g.async=true; g.src=u+"matomo.js"; s.parentNode.insertBefore(g,s); })();
      </script>`,
  },
  ga4: {
    dialect: "ga4:G-SHOP1",
    html: (host) => `<script async src="${host}/gtag/js?id=G-SHOP1"></script>
      <script>window.dataLayer = window.dataLayer || []; function gtag(){dataLayer.push(arguments);}
        gtag("js", new Date()); gtag("config", "G-SHOP1");
        ${ITEMS}
        gtag("event", "view_item", { currency: "EUR", value: 20, items: [S1] }); gtag("event", "view_item", { items: [S2] });
        gtag("event", "add_to_cart", { items: [{ ...S1, quantity: 2 }] });
        dataLayer.push({ event: "add_to_cart", ecommerce: { items: [{ ...S2, quantity: 1 }] } });
        gtag("event", "add_to_cart", { items: [{ ...S3, quantity: 1 }] }); gtag("event", "add_to_cart", { items: [{ ...S4, quantity: 1 }] });
        gtag("event", "remove_from_cart", { items: [{ ...S4, quantity: 1 }] });
        gtag("event", "begin_checkout", { currency: "EUR", value: 165, items: bought });
        gtag("event", "purchase", { transaction_id: "1001", currency: "EUR", value: 165, shipping: 5, items: bought });
        gtag("event", "refund", { transaction_id: "1001", refund_id: "R1", currency: "EUR", value: 20, items: [{ ...S1, quantity: 1 }] });
      </script>`,
  },
  segment: {
    dialect: "segment:WK1",
    html: (host) => `<script>
        !function(){var analytics=window.analytics=window.analytics||[];if(!analytics.initialize){analytics.invoked=!0;
        analytics.methods=["page","track","identify","reset","ready"];analytics.factory=function(e){return function(){var t=Array.prototype.slice.call(arguments);t.unshift(e);analytics.push(t);return analytics}};
        for(var e=0;e<analytics.methods.length;e++){var key=analytics.methods[e];analytics[key]=analytics.factory(key)}
        analytics.load=function(key){var t=document.createElement("script");t.async=!0;t.src="${host}/analytics.js/v1/"+key+"/analytics.min.js";document.head.appendChild(t)};
        analytics._writeKey="WK1";analytics.load("WK1");analytics.page();}}();
        ${PRODUCTS}
        analytics.track("Product Viewed", P1); analytics.track("Product Viewed", P2);
        analytics.track("Product Added", { ...P1, quantity: 2 }); analytics.track("Product Added", { ...P2, quantity: 1 });
        analytics.track("Product Added", { ...P3, quantity: 1 }); analytics.track("Product Added", { ...P4, quantity: 1 });
        analytics.track("Product Removed", { ...P4, quantity: 1 });
        analytics.track("Checkout Started", { value: 165, currency: "EUR", products: bought });
        analytics.track("Order Completed", { order_id: "1001", revenue: 165, total: 170, shipping: 5, currency: "EUR", products: bought });
        analytics.track("Order Refunded", { order_id: "1001", refund_id: "R1", total: 20, currency: "EUR", products: [{ ...P1, quantity: 1 }] });
      </script>`,
  },
  scarab: {
    dialect: "emarsys:M1",
    lacks: ["adds_to_cart", "shipping", "order_total", "returns"],
    // Carts are told whole, orders without shipping; no names of products, no checkout, nothing given back.
    as: (events) => [
      ...named(events, "page_view"),
      ...named(events, "view_item").map((event) => ({ ...event, items: nameless(event.items).map((item) => ({ ...item, price: null })) })),
      ...carts(events).map((event) => ({ ...event, items: nameless(event.items) })),
      ...named(events, "purchase").map(({ items, order, ...event }) => ({
        ...event, items: nameless(items), order: { ...order, value: "165.00", shipping: null, currency: null },
      })),
    ],
    html: (host) => `<script>
        var ScarabQueue = ScarabQueue || [];
        (function(id) { if (document.getElementById(id)) return; var js = document.createElement("script"); js.id = id;
          js.src = "${host}/js/M1/scarab-v2.js"; var fs = document.getElementsByTagName("script")[0]; fs.parentNode.insertBefore(js, fs); })("scarab-js-api");
        var bought = [{ item: "S1", price: 40, quantity: 2 }, { item: "S2", price: 120, quantity: 1 }, { item: "S3", price: 5, quantity: 1 }];
        ScarabQueue.push(["view", "S1"]); ScarabQueue.push(["go"]);
        ScarabQueue.push(["view", "S2"]); ScarabQueue.push(["cart", bought.concat({ item: "S4", price: 30, quantity: 1 })]); ScarabQueue.push(["go"]);
        ScarabQueue.push(["cart", bought]); ScarabQueue.push(["purchase", { orderId: "1001", items: bought }]); ScarabQueue.push(["go"]);
      </script>`,
  },
  heap: {
    dialect: "heap:4711",
    // Heap's sample schema tells an order line by line, so its lines come as an order's corrections.
    as: (events) => {
      const [{ items, order, ...event }] = named(events, "purchase");
      const lines = items.map((item) => ({ ...event, name: "order_update", items: [item], order: { ...order, value: null, shipping: null } }));
      return [...without("purchase")(events), ...lines, { ...event, items: [], order: { ...order, currency: null } }];
    },
    html: (host) => `<script>
        window.heap=window.heap||[],heap.load=function(e,t){window.heap.appid=e;var a=document.createElement("script");a.async=!0;a.src="${host}/js/heap-"+e+".js";
        document.head.appendChild(a);for(var n=["track","identify","resetIdentity","addUserProperties"],p=0;p<n.length;p++)(function(m){heap[m]=function(){heap.push([m].concat([].slice.call(arguments,0)))}})(n[p])};
        heap.load("4711");
        ${ITEMS} const tell = (name, payload) => name == "purchase" || name == "refund" || heap.track(name, payload); ${OURS}
        for (const { item_id: sku, item_name: name, price, quantity } of bought) heap.track("Purchase", { order_id: "1001", sku, name, price, quantity, currency: "EUR" });
        heap.track("Order", { order_id: "1001", subtotal: 165, total: 170, shipping: 5 });
        heap.track("Refund", { order_id: "1001", refund_id: "R1", amount: 20, currency: "EUR", sku: "S1", name: "Shirt", price: 20, quantity: 1 });
      </script>`,
  },
  ahoy: {
    dialect: "ahoy",
    html: (host) => `<script src="${host}/ahoy.js"></script><script>
        ahoy.trackView(); ${ITEMS} const tell = (name, payload) => ahoy.track(name, payload); ${OURS}
      </script>`,
  },
};

/** A page view, two products, four puts, one take, the checkout, the order and the refund. */
const TRIP_EVENTS = 11;

const EXPECTED = {
  orders: 1, order_total: "170.00", gross_sales: "165.00", shipping: "5.00", units: 4, product_views: 2, adds_to_cart: 4, visits: 1,
};

/** Returns what an event says, without what is each client's own: ids, times, categories. */
function essence({ name, page, page_title, sent }) {
  const items = sent.items.map(({ item_id, item_name, quantity, price }) => ({ item_id, item_name, quantity, price }));
  const of = (said, ...fields) => said && Object.fromEntries(fields.map((field) => [field, said[field]]));
  const order = of(sent.order, "order_id", "value", "shipping", "currency");
  const refund = of(sent.refund, "order_id", "refund_id", "amount", "currency");
  return { name, page, page_title, items, order, refund };
}

/** Sales overtake what was told before them, so the order of arrival says nothing. */
const sorted = (events) => events.map((event) => JSON.stringify(event)).sort().map((text) => JSON.parse(text));

for (const [name, { html, dialect, lacks = [], as = (events) => events }] of Object.entries(PAGES)) {
  test(`${name}: the same trip gives the same events and figures`, async (t) => {
    const site = server.cli("site", "add", "--domain", `${name}.localhost`, "--currency", "EUR", "--timezone", "UTC");
    if (dialect) server.cli("site", "set", "--site", String(site.id), `dialects=${dialect}`);
    const { token } = server.cli("token", "add", "--site", String(site.id), "--scope", "read");
    const get = async (path) => (await fetch(server.base + path, { headers: { authorization: `Bearer ${token}` } })).json();
    const snippet = await get(`/api/v1/sites/${site.id}/snippet`);
    server.word = new URL(`http:${snippet.script}`).pathname;
    const pages = createServer((_, answer) => {
      answer.setHeader("Content-Type", "text/html");
      answer.end(`<!doctype html><title>Shop</title>${html(server.base, site.collect_key, site.id)}`);
    });
    await new Promise((resolve) => pages.listen(0, "127.0.0.1", resolve));
    t.after(() => new Promise((resolve) => (pages.closeAllConnections(), pages.close(resolve))));
    const context = await browser.newContext();
    t.after(() => context.close());
    const page = await context.newPage();
    const errors = [];
    page.on("pageerror", (error) => errors.push(String(error)));
    await page.goto(`http://${name}.localhost:${pages.address().port}/`);
    const deadline = Date.now() + 20_000;
    const wait = native ? as(native).length : TRIP_EVENTS;
    let events, order;
    do {
      await server.caughtUp();
      ({ events } = await get(`/api/v1/sites/${site.id}/live?limit=500`));
      order = await get(`/api/v1/sites/${site.id}/orders/1001`);
    } while (events.length < wait && Date.now() < deadline);
    const told = sorted(events.filter((event) => event.name != "ping").map(essence));
    native ??= told;
    assert.deepEqual(told, sorted(as(native)));
    assert.equal(wait, told.length);
    const today = new Date().toISOString().slice(0, 10);
    const wanted = Object.keys(EXPECTED).filter((metric) => !lacks.includes(metric));
    const report = await get(`/api/v1/sites/${site.id}/report?metrics=${wanted.join(",")}&from=${today}&to=${today}`);
    const found = Object.fromEntries(wanted.map((metric, i) => [metric, report.totals[i]]));
    assert.deepEqual(found, Object.fromEntries(wanted.map((metric) => [metric, EXPECTED[metric]])));
    assert.deepEqual(order.lines.map((line) => [line.sku, line.quantity, line.price]).sort(), [["S1", "2", "20.00"], ["S2", "1", "120.00"], ["S3", "1", "5.00"]]);
    assert.deepEqual(order.refunds.map((refund) => [refund.refund_id, refund.stated]), lacks.includes("returns") ? [] : [["R1", "20.00"]]);
    assert.deepEqual(errors, []);
  });
}
