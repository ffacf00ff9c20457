// Which views of a page count, what people saw of it, and where they came from: asked from the server's API.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { startStage } from "../sample-shop/stage.mjs";

let stage, server, shop, visitor, until, eventsAt;

before(async () => {
  // Playwright turns the back-forward cache off.
  stage = await startStage({ browser: { ignoreDefaultArgs: ["--disable-back-forward-cache"] } });
  ({ server, shop, visitor, until, eventsAt } = stage);
});

after(() => stage?.stop());

const loaded = (page) => page.waitForFunction(() => window.tallyho?.loaded);
/** Returns what the API shows of the one visit of the visitor whose page this is. */
async function visitOf(page) {
  const id = await page.evaluate(() => tallyho.getVisitorId());
  const found = await until("the visit", () => stage.api(`visitors/${id}`).catch(() => undefined));
  assert.equal(found.visits.length, 1);
  return found.visits[0];
}

/** Returns how many events came more than once. */
const duplicates = async () => (await stage.api("health")).duplicate;

test("a page that comes back from the back-forward cache is a view", async () => {
  const page = await visitor();
  await page.goto(`${shop.base}/cart.html?mark=back`);
  await loaded(page);
  await until("the first view", async () => (await eventsAt("mark=back", "page_view")).length == 1);
  await page.evaluate(() => {
    window.kept = true;
    addEventListener("pageshow", (event) => (window.persisted = event.persisted));
    location.href = "/checkout.html?mark=between";
  });
  await page.waitForURL(/mark=between/);
  await loaded(page);
  await page.evaluate(() => history.back());
  await page.waitForFunction(() => location.search == "?mark=back" && window.persisted !== undefined);
  const [kept, persisted, reasons] = await page.evaluate(() => [
    window.kept, window.persisted, performance.getEntriesByType("navigation")[0].notRestoredReasons,
  ]);
  assert.deepEqual([kept, persisted, reasons], [true, true, null], "the page was restored, not loaded again");
  await until("the second view", async () => (await eventsAt("mark=back", "page_view")).length == 2);
  assert.equal((await visitOf(page)).page_views, 3);
  assert.deepEqual(page.errors, []);
  await page.context().close();
});

test("time in view is told when the page goes out of view, and only that", async () => {
  const page = await visitor();
  const from = Date.now();
  await page.goto(`${shop.base}/cart.html?mark=time`);
  await loaded(page);
  await page.waitForFunction(() => performance.now() > 1600);
  await page.goto(`${shop.base}/checkout.html?mark=quick`);
  const [ping] = await until("the time", async () => {
    const found = await eventsAt("mark=time", "ping");
    return found.length && found;
  });
  const ms = Number(ping.sent.properties.engagement_ms);
  assert.ok(ms >= 1000 && ms <= Date.now() - from, `${ms} ms`);
  assert.equal((await visitOf(page)).page_views, 2);
  await page.context().close();
});

test("what a page tells at its end travels once", async () => {
  const page = await visitor();
  await page.goto(`${shop.base}/cart.html?mark=end`);
  await loaded(page);
  await page.waitForFunction(() => performance.now() > 1200 && localStorage.getItem("tly.o") == "[]");
  const [before, repeated] = [stage.gate.seen, await duplicates()];
  await page.goto("about:blank");
  await until("the time", async () => (await eventsAt("mark=end", "ping")).length == 1);
  await page.context().close();
  await stage.server.caughtUp();
  assert.deepEqual([stage.gate.seen - before, (await duplicates()) - repeated], [1, 0]);
});

test("products are told once they are in view, each once", async () => {
  const page = await visitor({ viewport: { width: 400, height: 300 } });
  // The second half of the list lies below what the screen shows.
  await page.route("**/shop.css", (route) =>
    route.fulfill({ contentType: "text/css", body: "main a { display: block; height: 50px } main a:last-child { margin-top: 2000px }" }));
  await page.goto(`${shop.base}/?mark=list`);
  await loaded(page);
  const told = async () =>
    (await eventsAt("mark=list", "view_item_list")).reverse().map((event) => event.sent.items.map((item) => item.item_id));
  await until("the first products", async () => (await told()).length == 1);
  assert.deepEqual(await told(), [["S1", "S2"]]);
  for (const y of [2200, 0, 2200]) await page.evaluate((top) => scrollTo(0, top), y);
  await until("the last product", async () => (await told()).length == 2);
  assert.deepEqual(await told(), [["S1", "S2"], ["S3"]]);
  assert.deepEqual(page.errors, []);
  await page.context().close();
});

for (const [query, expected] of [
  ["utm_source=news&utm_medium=email&utm_campaign=spring&utm_term=linen&utm_content=top", ["news", "email", "spring", "linen", "top"]],
  ["gclid=G-1", ["google", "cpc", null, null, null]],
  ["msclkid=M-1", ["bing", "cpc", null, null, null]],
  ["fbclid=F-1", ["facebook", "social", null, null, null]],
]) {
  test(`${query.split("=")[0]} in the address is the visit's source`, async () => {
    const page = await visitor();
    await page.goto(`${shop.base}/product.html?sku=S1&${query}`);
    await loaded(page);
    const { attribution: a } = await visitOf(page);
    assert.deepEqual([a.source, a.medium, a.campaign, a.term, a.content], expected);
    await page.context().close();
  });
}

test("an order that the shop's server tells finds the visit by the form's hidden field", async () => {
  const { token } = server.cli("token", "add", "--site", String(server.site), "--scope", "ingest");
  // A checkout as shops have them: a form to the shop's own server, which tells the order itself.
  const checkout = createServer(async (asked, answer) => {
    if (asked.method != "POST") {
      answer.setHeader("Content-Type", "text/html");
      return answer.end(`<!doctype html><title>Checkout</title>${stage.tag()}<form method="post" action="/buy"><button>Pay</button></form>`);
    }
    let body = "";
    for await (const part of asked) body += part;
    const visitor_id = new URLSearchParams(body).get("tallyho_visitor");
    const event = { id: "attach-1", name: "purchase", visitor_id, transaction_id: "F1", value: "20.00", items: [{ item_id: "S1", price: "20.00" }] };
    const told = await fetch(`${server.base}/v1/events`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ events: [event] }),
    });
    answer.end(`told: ${told.status}`);
  });
  await new Promise((resolve) => checkout.listen(0, "127.0.0.1", resolve));
  const page = await visitor();
  await page.goto(`http://127.0.0.1:${checkout.address().port}/?utm_source=partner&utm_medium=affiliate&utm_campaign=attached`);
  await loaded(page);
  const id = await page.evaluate(() => [tallyho.attach(document.forms[0]), tallyho.attach(document.forms[0])]);
  assert.equal(await page.locator("[name=tallyho_visitor]").count(), 1, "one field, however often it is asked for");
  const visit = await visitOf(page);
  await page.click("text=Pay");
  assert.equal(await page.textContent("body"), "told: 200");
  const { order } = await stage.order("F1");
  assert.equal(id[0], id[1]);
  assert.equal(order.visit, visit.visit);
  assert.equal(order.attribution.campaign, "attached");
  assert.deepEqual(page.errors, []);
  await page.context().close();
  await new Promise((resolve) => (checkout.closeAllConnections(), checkout.close(resolve)));
});
