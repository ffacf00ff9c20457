// What docs/tracker.md says about pages and mails without scripts: its own snippets, with the host and key of a real
// server put in.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { startStage } from "../sample-shop/stage.mjs";

const DOCS = readFileSync(new URL("../../docs/tracker.md", import.meta.url), "utf8");
const CHROME = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36";

let stage, server;

before(async () => {
  stage = await startStage();
  server = stage.server;
});

after(() => stage?.stop());

/** Returns the snippet of the docs that begins with `start`, for this server. */
function snippet(start) {
  const found = DOCS.split("```html\n").map((part) => part.split("\n```")[0]).find((part) => part.startsWith(start));
  assert.ok(found, `docs/tracker.md has no snippet that begins with ${start}`);
  return found.replaceAll("https://stats.shop.example", stage.gate.base).replaceAll("KEY", stage.key);
}

/** Loads a picture as a client without scripts does. Names of `.example` mean nothing to Node. */
async function load(address, agent) {
  const url = new URL(address);
  const answer = await fetch(server.base + url.pathname + url.search, { headers: { "user-agent": agent } });
  assert.deepEqual([answer.status, answer.headers.get("content-type"), answer.headers.get("cache-control")], [200, "image/gif", "no-store"]);
  assert.equal((await answer.arrayBuffer()).byteLength, 43);
}

test("a browser without scripts loads the picture, and the page counts with its campaign", async () => {
  const pages = createServer((_, answer) => {
    answer.setHeader("Content-Type", "text/html");
    answer.end(`<!doctype html><title>Shop</title>${stage.tag()}${snippet("<noscript>")}`);
  });
  await new Promise((resolve) => pages.listen(0, "127.0.0.1", resolve));
  const page = await stage.visitor({ javaScriptEnabled: false });
  await page.goto(`http://www.shop.example:${pages.address().port}/linen?utm_source=news&utm_medium=email&utm_campaign=quiet`);
  const [event] = await stage.until("the view", async () => {
    const found = await stage.eventsAt("/linen", "page_view");
    return found.length && found;
  });
  assert.deepEqual([event.dialect, event.page, event.origin], ["native_pixel", "/linen", "pixel"]);
  assert.deepEqual(await server.report("visits,page_views", "source,medium,campaign"), [
    { source: "news", medium: "email", campaign: "quiet", visits: 1, page_views: 1 },
  ]);
  assert.deepEqual(await page.context().cookies(), []);
  await page.context().close();
  await new Promise((resolve) => (pages.closeAllConnections(), pages.close(resolve)));
});

/** What AMP knows of a page: its variables, as amp-analytics names them. */
const AMP = {
  sourceUrl: "https://www.shop.example/amp/shirt?utm_source=search&utm_medium=organic&utm_campaign=amp",
  documentReferrer: "https://www.google.com/",
  title: "Shirt & Co",
  pageViewId64: "Zk9fN2x_aQw",
  screenWidth: "412",
  screenHeight: "915",
};

/** Puts values into `${name}` as amp-analytics does: the trigger's, the config's, AMP's own; each encoded but requests. */
function substitute(template, config, vars) {
  return template.replace(/\$\{(\w+)(?:\((\w+)\))?\}/g, (_, name, argument) => {
    if (config.requests[name]) return substitute(config.requests[name], config, vars);
    if (name == "clientId") return `amp-client-${argument}`;
    const value = vars[name] ?? config.vars[name] ?? AMP[name];
    assert.ok(value != null, `AMP knows no ${name}`);
    return encodeURIComponent(value);
  });
}

test("amp-analytics: a page view and a product, with the visitor and the campaign", async () => {
  const text = snippet("<amp-analytics>");
  const config = JSON.parse(text.slice(text.indexOf("{"), text.lastIndexOf("}") + 1));
  for (const { request, vars } of Object.values(config.triggers)) {
    const address = substitute(config.requests[request], config, vars);
    await load(address, CHROME);
    await load(address, CHROME);
  }
  const visitor = await stage.until("both", async () => {
    const found = await stage.api("visitors/amp-client-_tly").catch(() => undefined);
    return found?.events.length == 2 && found;
  });
  const [visit] = visitor.visits;
  assert.deepEqual(visitor.events.map((event) => event.name).sort(), ["page_view", "view_item"]);
  assert.deepEqual([visit.page_views, visit.landing_page, visit.attribution.campaign], [1, "/amp/shirt", "amp"]);
  const [product] = await stage.eventsAt("/amp/shirt", "view_item");
  const [{ item_id, price }] = product.sent.items;
  assert.deepEqual([item_id, price, product.page_title, product.sent.referrer], ["S1", "20.00", AMP.title, AMP.documentReferrer]);
});

test("amp-pixel: a page view", async () => {
  const [, src] = /src="([^"]+)"/.exec(snippet("<amp-pixel"));
  const values = {
    SOURCE_URL: "https://www.shop.example/amp/boot", DOCUMENT_REFERRER: AMP.documentReferrer, TITLE: "Boot",
    PAGE_VIEW_ID_64: "b_7Qd0", "CLIENT_ID(_tly)": "amp-pixel-1",
  };
  let address = src;
  for (const [name, value] of Object.entries(values)) address = address.replace(name, encodeURIComponent(value));
  await load(address, CHROME);
  const { visits } = await stage.until("the view", () => stage.api("visitors/amp-pixel-1").catch(() => undefined));
  assert.deepEqual([visits.length, visits[0].page_views, visits[0].landing_page], [1, 1, "/amp/boot"]);
});

/** Who fetches the pictures of a mail. */
const READERS = {
  gmail: "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
  yahoo: "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html",
  apple: "Mozilla/5.0",
  outlook: "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; WOW64; Trident/7.0; .NET4.0C; .NET4.0E; Microsoft Outlook 16.0.5134)",
  thunderbird: "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.0",
};

test("mails: each recipient's open counts once, whatever fetches the picture, and nobody has visited the shop", async () => {
  const [, src] = /src="([^"]+)"/.exec(snippet("<img"));
  const figures = async () => (await server.report("visits,visitors,page_views"))[0];
  // One of them was at the shop before; a mail that is read later is none of that visit's events.
  await server.collect([{ id: "reader", name: "page_view", visitor_id: "v-reader", user_id: "outlook", page: { url: "https://www.shop.example/" } }]);
  await server.caughtUp();
  const before = await figures();
  const names = Object.keys(READERS);
  for (const reader of names) {
    for (let look = 0; look < 2; look++) await load(`${src.replaceAll("u-17", reader)}&uid=${reader}`, READERS[reader]);
  }
  const opens = await stage.until("the opens", async () => {
    const found = (await stage.events()).filter((event) => event.name == "email_open");
    return found.length == names.length && found;
  });
  assert.deepEqual(opens.map(({ bot, visit, visitor }) => [bot, visit, visitor]), names.map(() => [null, null, null]));
  assert.deepEqual(await server.report("events", "event,property:mailing").then((rows) => rows.filter((row) => row.event == "email_open")), [
    { event: "email_open", "property:mailing": "spring-2026", events: names.length },
  ]);
  assert.deepEqual(await figures(), before);
  const [visit] = (await stage.api("visitors/v-reader")).visits;
  assert.deepEqual([visit.events, visit.page_views], [1, 1]);
});
