// Pages that speak another client's language, with nothing changed but the host: each trip gives the same order and
// the same figures as our own calls.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import { startServer } from "../../clients/server.mjs";

let server, browser;

before(async () => {
  server = await startServer();
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM || "/usr/bin/chromium", args: ["--no-sandbox"] });
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Two products viewed, both put into the cart, and an order of 2 x 20.00 and 1 x 120.00 with 5.00 shipping. */
const PAGES = {
  tallyho: {
    html: (host, key) => `<script async src="${host}${server.word}" data-site="${key}"></script>
      <script>window.tallyho=window.tallyho||function(){(tallyho.q=tallyho.q||[]).push(arguments)};
        const S1 = { item_id: "S1", item_name: "Shirt", price: "20.00" }, S2 = { item_id: "S2", item_name: "Boot", price: "120.00" };
        tallyho("view_item", { items: [S1] }); tallyho("view_item", { items: [S2] });
        tallyho("add_to_cart", { items: [{ ...S1, quantity: 2 }] }); tallyho("add_to_cart", { items: [S2] });
        tallyho("purchase", { transaction_id: "1001", value: "165.00", shipping: "5.00", items: [{ ...S1, quantity: 2 }, S2] });
      </script>`,
  },
  matomo: {
    lacks: ["adds_to_cart"],
    html: (host, key, site) => `<script>
        var _paq = window._paq = window._paq || [];
        _paq.push(["setEcommerceView", "S1", "Shirt", "Clothes", 20]); _paq.push(["trackPageView"]);
        _paq.push(["setEcommerceView", "S2", "Boot", "Shoes", 120]); _paq.push(["trackPageView"]);
        _paq.push(["addEcommerceItem", "S1", "Shirt", "Clothes", 20, 2]); _paq.push(["addEcommerceItem", "S2", "Boot", ["Shoes"], 120, 1]);
        _paq.push(["trackEcommerceCartUpdate", 160]);
        _paq.push(["trackEcommerceOrder", "1001", 165, 160, 0, 5, false]);
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
        const S1 = { item_id: "S1", item_name: "Shirt", price: 20 }, S2 = { item_id: "S2", item_name: "Boot", price: 120 };
        gtag("event", "view_item", { currency: "EUR", value: 20, items: [S1] }); gtag("event", "view_item", { items: [S2] });
        gtag("event", "add_to_cart", { items: [{ ...S1, quantity: 2 }] });
        dataLayer.push({ event: "add_to_cart", ecommerce: { items: [{ ...S2, quantity: 1 }] } });
        gtag("event", "purchase", { transaction_id: "1001", currency: "EUR", value: 160, shipping: 5, items: [{ ...S1, quantity: 2 }, S2] });
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
        const S1 = { product_id: "p1", sku: "S1", name: "Shirt", price: 20 }, S2 = { product_id: "p2", sku: "S2", name: "Boot", price: 120 };
        analytics.track("Product Viewed", S1); analytics.track("Product Viewed", S2);
        analytics.track("Product Added", { ...S1, quantity: 2 }); analytics.track("Product Added", { ...S2, quantity: 1 });
        analytics.track("Order Completed", { order_id: "1001", revenue: 160, total: 165, shipping: 5, currency: "EUR", products: [{ ...S1, quantity: 2 }, { ...S2, quantity: 1 }] });
      </script>`,
  },
  scarab: {
    dialect: "emarsys:M1",
    lacks: ["adds_to_cart", "shipping", "order_total"],
    html: (host) => `<script>
        var ScarabQueue = ScarabQueue || [];
        (function(id) { if (document.getElementById(id)) return; var js = document.createElement("script"); js.id = id;
          js.src = "${host}/js/M1/scarab-v2.js"; var fs = document.getElementsByTagName("script")[0]; fs.parentNode.insertBefore(js, fs); })("scarab-js-api");
        ScarabQueue.push(["view", "S1"]); ScarabQueue.push(["go"]); ScarabQueue.push(["view", "S2"]);
        ScarabQueue.push(["cart", [{ item: "S1", price: 40, quantity: 2 }, { item: "S2", price: 120, quantity: 1 }]]);
        ScarabQueue.push(["purchase", { orderId: "1001", items: [{ item: "S1", price: 40, quantity: 2 }, { item: "S2", price: 120, quantity: 1 }] }]);
        ScarabQueue.push(["go"]);
      </script>`,
  },
  heap: {
    dialect: "heap:4711",
    lacks: ["product_views", "adds_to_cart"],
    html: (host) => `<script>
        window.heap=window.heap||[],heap.load=function(e,t){window.heap.appid=e;var a=document.createElement("script");a.async=!0;a.src="${host}/js/heap-"+e+".js";
        document.head.appendChild(a);for(var n=["track","identify","resetIdentity","addUserProperties"],p=0;p<n.length;p++)(function(m){heap[m]=function(){heap.push([m].concat([].slice.call(arguments,0)))}})(n[p])};
        heap.load("4711");
        heap.track("Purchase", { order_id: "1001", sku: "S1", name: "Shirt", price: 20, quantity: 2, currency: "EUR" });
        heap.track("Purchase", { order_id: "1001", sku: "S2", name: "Boot", price: 120, quantity: 1, currency: "EUR" });
        heap.track("Order", { order_id: "1001", subtotal: 160, total: 165, shipping: 5 });
      </script>`,
  },
  ahoy: {
    dialect: "ahoy",
    html: (host) => `<script src="${host}/ahoy.js"></script><script>
        const S1 = { item_id: "S1", item_name: "Shirt", price: "20.00" }, S2 = { item_id: "S2", item_name: "Boot", price: "120.00" };
        ahoy.trackView(); ahoy.track("view_item", { items: [S1] }); ahoy.track("view_item", { items: [S2] });
        ahoy.track("add_to_cart", { items: [{ ...S1, quantity: 2 }] }); ahoy.track("add_to_cart", { items: [S2] });
        ahoy.track("purchase", { transaction_id: "1001", value: "165.00", shipping: "5.00", items: [{ ...S1, quantity: 2 }, S2] });
      </script>`,
  },
};

const EXPECTED = {
  orders: 1, order_total: "165.00", gross_sales: "160.00", shipping: "5.00", units: 3, product_views: 2, adds_to_cart: 2, visits: 1,
};

for (const [name, { html, dialect, lacks = [] }] of Object.entries(PAGES)) {
  test(`${name}: the same trip gives the same figures`, async () => {
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
    const context = await browser.newContext();
    const page = await context.newPage();
    const errors = [];
    page.on("pageerror", (error) => errors.push(String(error)));
    await page.goto(`http://${name}.localhost:${pages.address().port}/`);
    const deadline = Date.now() + 20_000;
    let order;
    do {
      await server.caughtUp();
      order = await get(`/api/v1/sites/${site.id}/orders/1001`);
    } while ((order.error || order.lines.length < 2) && Date.now() < deadline);
    assert.ok(!order.error, JSON.stringify(order));
    const today = new Date().toISOString().slice(0, 10);
    const wanted = Object.keys(EXPECTED).filter((metric) => !lacks.includes(metric));
    const report = await get(`/api/v1/sites/${site.id}/report?metrics=${wanted.join(",")}&from=${today}&to=${today}`);
    const found = Object.fromEntries(wanted.map((metric, i) => [metric, report.totals[i]]));
    assert.deepEqual(found, Object.fromEntries(wanted.map((metric) => [metric, EXPECTED[metric]])));
    assert.deepEqual(order.lines.map((line) => [line.sku, line.quantity, line.price]), [["S1", "2", "20.00"], ["S2", "1", "120.00"]]);
    assert.deepEqual(errors, []);
    await context.close();
    await new Promise((resolve) => (pages.closeAllConnections(), pages.close(resolve)));
  });
}
