// The visitor's id in the server's own cookie, and settings that reach the pages with the script, in a real Chromium.
// The shop is shop.localhost, its Tallyho stats.shop.localhost: one owner, two hosts, as in real life.
import assert from "node:assert/strict";
import { createServer, request } from "node:http";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import { startServer } from "../../clients/server.mjs";
import { startShop } from "../sample-shop/serve.mjs";

let server, shop, browser, script, key, tag;
const NAME = () => `_tly_${server.site}`;
/** The address `base` under another name of this machine. */
const on = (host, base) => base.replace("127.0.0.1", host);

before(async () => {
  server = await startServer();
  server.cli("site", "set", "--site", String(server.site), "domain=shop.localhost");
  const snippet = await server.get(`/api/v1/sites/${server.site}/snippet`);
  script = on("stats.shop.localhost", server.base) + new URL(`http:${snippet.configured}`).pathname;
  key = /data-site="([^"]+)"/.exec(snippet.html)[1];
  tag = (more = "") => `<script async src="${script}?site=${key}" data-site="${key}" ${more}></script>`;
  shop = await startShop(() => tag(shop.more));
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM || "/usr/bin/chromium", args: ["--no-sandbox"] });
});

after(async () => {
  await browser?.close();
  await shop?.stop();
  await server?.stop();
});

/** Returns a page of a new visitor whose errors are collected. */
async function visitor() {
  shop.more = "";
  const page = await (await browser.newContext()).newPage();
  page.errors = [];
  page.on("pageerror", (error) => page.errors.push(String(error)));
  page.leave = async () => {
    assert.deepEqual(page.errors, []);
    await page.context().close();
  };
  return page;
}

/** Opens a page of the shop and waits until everything that it tells has arrived. */
async function open(page, path, base = on("shop.localhost", shop.base)) {
  // Nothing may be under way: an answer that comes late would set the cookie of a page that is gone.
  await page.goto(base + path, { waitUntil: "networkidle" });
  await settled(page);
}

const settled = (page) =>
  page.waitForFunction(() => window.tallyho?.loaded && ["[]", null].includes(localStorage["tly.o"] ?? null) && localStorage["tly.v"] != "2");
const id = (page) => page.evaluate(() => tallyho.getVisitorId());
const kept = async (page) => (await page.context().cookies()).find((cookie) => cookie.name == NAME());
const readable = (page) => page.evaluate(() => document.cookie);

/** Returns the visitor of an order. */
async function visitorOf(order) {
  await server.caughtUp();
  return (await server.get(`/api/v1/sites/${server.site}/orders/${order}`)).order.visitor;
}

/** Returns a page whose visitor is in the server's cookie alone. */
async function keptVisitor() {
  const page = await visitor();
  await open(page, "/thanks.html?cart=S1&order=K0");
  await open(page, "/cart.html");
  assert.equal(await readable(page), "");
  return page;
}

test("the script's id moves into a cookie that scripts cannot read, and the visitor stays the same", async () => {
  const page = await visitor();
  await open(page, "/thanks.html?cart=S1&order=C1");
  const first = await id(page);
  const cookie = await kept(page);
  assert.deepEqual([cookie.value, cookie.httpOnly, cookie.sameSite, cookie.domain], [first, true, "Lax", "stats.shop.localhost"]);
  assert.ok(Math.abs(cookie.expires - Date.now() / 1000 - 390 * 86_400) < 600, "390 days");
  await open(page, "/thanks.html?cart=S2&order=C2");
  assert.equal(await readable(page), "");
  assert.equal(await id(page), first);
  await page.goto(on("shop.localhost", shop.base) + "/cart.html");
  await page.waitForFunction(() => tallyho.attach);
  await page.evaluate(() => {
    document.body.append(document.createElement("form"));
    tallyho.attach(document.querySelector("form"));
  });
  await page.waitForFunction((want) => document.querySelector("[name=tallyho_visitor]")?.value == want, first);
  assert.equal(await page.locator("[name=tallyho_visitor]").count(), 1);
  assert.ok(await visitorOf("C1"));
  assert.equal(await visitorOf("C1"), await visitorOf("C2"));
  await page.leave();
});

test("a browser that empties what scripts keep does not make a new visitor", async () => {
  const page = await keptVisitor();
  const known = await id(page);
  await page.evaluate(() => localStorage.clear());
  await open(page, "/thanks.html?cart=S1&order=C3");
  assert.equal(await id(page), known);
  assert.equal(await readable(page), "");
  await open(page, "/thanks.html?cart=S1&order=C4");
  assert.equal(await visitorOf("C3"), await visitorOf("C4"));
  await page.leave();
});

test("who refuses loses the server's cookie as well", async () => {
  const page = await keptVisitor();
  assert.ok(await kept(page));
  await page.evaluate(() => tallyho("consent", "deny"));
  await settled(page);
  assert.equal(await kept(page), undefined);
  assert.equal(await id(page), undefined);
  assert.equal(await page.evaluate(() => document.cookie + Object.keys(localStorage).join()), "");
  await page.leave();
});

test("a cookie that came late is taken back by the next page of whoever has refused", async () => {
  for (const more of ["", 'data-wait="true"']) {
    const page = await keptVisitor();
    const late = await kept(page);
    await page.evaluate(() => tallyho("consent", "deny"));
    await settled(page);
    assert.equal(await kept(page), undefined);
    // What an answer does that was under way.
    await page.context().addCookies([late]);
    // As a banner says it: before the script is there.
    await page.addInitScript(() => {
      window.tallyho = (...said) => (window.tallyho.q = window.tallyho.q || []).push(said);
      tallyho("consent", "deny");
    });
    shop.more = more;
    await open(page, "/thanks.html?cart=S1&order=" + (more ? "C10" : "C9"));
    assert.equal(await kept(page), undefined);
    assert.equal(await page.evaluate(() => document.cookie + Object.keys(localStorage).join()), "");
    shop.more = "";
    await page.leave();
  }
});

test("after a log-out the visitor is somebody new", async () => {
  const page = await keptVisitor();
  const before = await id(page);
  await page.evaluate(() => tallyho("reset"));
  await settled(page);
  const after = await id(page);
  assert.ok(after && after != before);
  assert.equal((await kept(page)).value, after);
  await open(page, "/cart.html");
  assert.equal(await id(page), after);
  await page.leave();
});

test("no cookie where the page or the visitor wants none, and one from before goes", async () => {
  for (const objects of [false, true]) {
    const page = await keptVisitor();
    if (objects) await page.addInitScript(() => Object.defineProperty(navigator, "globalPrivacyControl", { get: () => true }));
    else shop.more = 'data-cookies="false"';
    await open(page, "/thanks.html?cart=S1&order=C5");
    assert.deepEqual([await id(page), await kept(page), await readable(page)], [undefined, undefined, ""]);
    await page.leave();
  }
});

test("behind the shop's own host the plain script does the same", async () => {
  const own = createServer((asked, answer) => {
    const target = asked.url.startsWith("/s/") ? server.base : plain.base;
    const passed = request(target + asked.url, { method: asked.method, headers: asked.headers }, (got) => {
      answer.writeHead(got.statusCode, got.headers);
      got.pipe(answer);
    });
    asked.pipe(passed);
  });
  const plain = await startShop(() => `<script async src="${new URL(script).pathname}" data-site="${key}"></script>`);
  await new Promise((resolve) => own.listen(0, "127.0.0.1", resolve));
  const base = `http://shop.localhost:${own.address().port}`;
  const page = await visitor();
  await open(page, "/cart.html", base);
  const first = await id(page);
  await open(page, "/cart.html?again", base);
  assert.deepEqual([await id(page), await readable(page)], [first, ""]);
  assert.equal((await kept(page)).domain, "shop.localhost");
  await page.leave();
  own.closeAllConnections();
  own.close();
  await plain.stop();
});

test("a page that is not the site's own keeps the script's cookie and empties its outbox", async () => {
  const page = await visitor();
  await open(page, "/thanks.html?cart=S1&order=C6", on("elsewhere.localhost", shop.base));
  assert.match(await readable(page), /_tly=/);
  assert.equal(await kept(page), undefined);
  assert.ok(await visitorOf("C6"));
  await page.leave();
});

test("settings reach the pages with the script, and the page's own word wins", async () => {
  const set = (...settings) => server.cli("site", "set", "--site", String(server.site), ...settings);
  const page = await visitor();
  const asked = [];
  page.on("request", (request) => request.url().includes("/s/") && asked.push(request.url()));
  const seen = (name) => page.evaluate((name) => window.told?.includes(name), name);
  await page.addInitScript(() => {
    window.told = "";
    const send = window.fetch;
    window.fetch = (url, options) => ((window.told += options.body), send(url, options));
  });
  set("tracker_wait=true", "tracker_modules=autocapture");
  await page.goto(on("shop.localhost", shop.base) + "/product.html?sku=S1");
  await page.waitForFunction(() => window.tallyho?.loaded);
  assert.deepEqual(asked, [`${script}?site=${key}`], "nothing is told before consent, and modules are no request");
  await page.evaluate(() => (document.querySelector("#add").onclick = null));
  await page.click("#add");
  await page.evaluate(() => tallyho("consent", "grant"));
  await page.waitForFunction(() => window.told.includes('"click"'));
  assert.ok(await seen("page_view"));
  await page.leave();

  const other = await visitor();
  shop.more = 'data-wait="false" data-auto="false"';
  await open(other, "/thanks.html?cart=S1&order=C7");
  assert.ok(await visitorOf("C7"));
  set("tracker_wait=false", "tracker_cookies=false");
  shop.more = "";
  const third = await visitor();
  await open(third, "/thanks.html?cart=S1&order=C8");
  assert.deepEqual([await id(third), await third.context().cookies()], [undefined, []]);
  set("tracker_cookies=true", "tracker_modules=");
  await other.leave();
  await third.leave();
});
