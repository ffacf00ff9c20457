// The tracker in a real Chromium, in the pages of the sample shop, against a real server. What counts is what the
// server's API answers.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startStage } from "../sample-shop/stage.mjs";

let stage, server, gate, shop, path, tag, shopWith, visitor, order, count;

before(async () => {
  stage = await startStage();
  ({ server, gate, shop, path, tag, shopWith, visitor, order, orderCount: count } = stage);
});

after(() => stage?.stop());

test("a trip through the shop is told: pages, products, cart, checkout, order", async () => {
  const page = await visitor();
  await page.goto(`${shop.base}/?utm_source=news&utm_medium=email&utm_campaign=spring`);
  await page.click("text=Shirt");
  await page.click("#add");
  await page.click("#checkout");
  await page.waitForURL(/checkout/);
  await page.goto(`${page.url()}&order=T1`);
  await page.click("#pay");
  await page.waitForURL(/thanks/);
  const told = await order("T1");
  assert.equal(told.order.amounts.order_total, "25.00");
  assert.equal(told.lines[0].sku, "S1");
  assert.deepEqual(page.errors, []);
  const [row] = await server.report("orders,visits,page_views,product_views,adds_to_cart", "campaign");
  assert.deepEqual([row.campaign, row.orders, row.visits, row.product_views, row.adds_to_cart], ["spring", 1, 1, 1, 1]);
  await page.context().close();
});

test("a purchase while the page goes away is one order", async () => {
  const page = await visitor();
  await page.goto(`${shop.base}/checkout.html?cart=S1,S2&order=T2&leave=1`);
  await page.click("#pay");
  await page.waitForURL("about:blank");
  assert.equal((await order("T2")).lines.length, 2);
  assert.equal(await count("T2"), 1);
  await page.context().close();
});

for (const mode of ["503", "cut", "garbage"]) {
  test(`a purchase is not lost while the server is ${mode}`, async () => {
    const page = await visitor();
    gate.mode = mode;
    const before = gate.seen;
    await page.goto(`${shop.base}/thanks.html?cart=S3&order=T-${mode}`);
    while (gate.seen == before) await page.evaluate(() => new Promise(requestAnimationFrame));
    gate.mode = "open";
    await order(`T-${mode}`);
    assert.equal(await count(`T-${mode}`), 1);
    assert.deepEqual(page.errors, []);
    await page.context().close();
  });
}

test("a purchase outlives its tab", async () => {
  const page = await visitor();
  gate.mode = "cut";
  const before = gate.seen;
  await page.goto(`${shop.base}/thanks.html?cart=S3&order=T4`);
  while (gate.seen == before) await page.evaluate(() => new Promise(requestAnimationFrame));
  const context = page.context();
  await page.close();
  gate.mode = "open";
  const again = await context.newPage();
  await again.goto(shop.base);
  await order("T4");
  assert.equal(await count("T4"), 1);
  await context.close();
});

test("a thank-you page that is loaded again and in two tabs is one order", async () => {
  const page = await visitor();
  const address = `${shop.base}/thanks.html?cart=S1,S1&order=T5`;
  await page.goto(address);
  for (let i = 0; i < 5; i++) await page.reload();
  const other = await page.context().newPage();
  await other.goto(address);
  const told = await order("T5");
  assert.equal(told.lines[0].quantity, "2");
  assert.equal(await count("T5"), 1);
  await page.context().close();
});

test("without storage and cookies nothing breaks and the order arrives", async () => {
  const page = await visitor();
  await page.addInitScript(() => {
    Object.defineProperty(window, "localStorage", { get: () => { throw new Error("blocked"); } });
    Object.defineProperty(document, "cookie", { get: () => "", set: () => {} });
  });
  await page.goto(`${shop.base}/thanks.html?cart=S2&order=T6`);
  await order("T6");
  assert.deepEqual(page.errors, []);
  await page.context().close();
});

test("who objects is not recognised: no cookie, no id", async () => {
  const page = await visitor();
  await page.addInitScript(() => Object.defineProperty(navigator, "globalPrivacyControl", { get: () => true }));
  await page.goto(`${shop.base}/thanks.html?cart=S2&order=T7`);
  await order("T7");
  assert.deepEqual(await page.context().cookies(), []);
  assert.equal(await page.evaluate(() => tallyho.getVisitorId()), undefined);
  await page.context().close();
});

test("what people do is captured where the module is loaded, and nothing that they type", async () => {
  const module = (name) => `<script async src="${gate.base}${path.replace(".js", `.${name}.js`)}"></script>`;
  const watched = await shopWith(() => tag() + module("autocapture") + module("vitals"));
  const page = await visitor();
  await page.goto(`${watched.base}/product.html?sku=S2`);
  await page.waitForLoadState("networkidle");
  await page.click("#add");
  await page.click("#checkout");
  await page.waitForURL(/checkout/);
  const deadline = Date.now() + 20_000;
  let events;
  do {
    await server.caughtUp();
    ({ events } = await server.get(`/api/v1/sites/${server.site}/live`));
  } while (!["click", "web_vitals"].every((name) => events.some((e) => e.name == name)) && Date.now() < deadline);
  const click = events.filter((event) => event.name == "click").pop();
  assert.equal(click.sent.properties.selector, "#add");
  assert.ok(events.some((event) => event.name == "web_vitals" && event.sent.properties.ttfb_ms >= 0));
  assert.deepEqual(page.errors, []);
  await page.context().close();
  await watched.stop();
});

test("a policy with a nonce and without unsafe-inline lets the tracker work", async () => {
  const nonce = "n0nce";
  const policy = () => `default-src 'self'; script-src 'nonce-${nonce}'; connect-src ${gate.base}`;
  const strict = await shopWith(() => tag(), { policy: { nonce, policy } });
  const page = await visitor();
  await page.goto(`${strict.base}/thanks.html?cart=S1&order=T8`);
  await order("T8");
  assert.deepEqual(page.errors, []);
  await page.context().close();
  await strict.stop();
});

test("who refuses is forgotten, and who has not been asked is not told of", async () => {
  const asking = await shopWith(() => tag('data-wait="true"'));
  const page = await visitor();
  const before = gate.seen;
  await page.goto(`${asking.base}/thanks.html?cart=S1&order=T9`);
  await page.waitForFunction(() => tallyho.loaded);
  assert.equal(await page.evaluate(() => document.cookie + Object.keys(localStorage).join()), "");
  assert.equal(gate.seen, before);
  await page.evaluate(() => tallyho("consent", "grant"));
  assert.ok((await order("T9")).order.visitor);
  assert.match(await page.evaluate(() => document.cookie), /_tly=/);
  await page.evaluate(() => tallyho("consent", "deny"));
  assert.equal(await page.evaluate(() => document.cookie + Object.keys(localStorage).join()), "");
  assert.equal(await page.evaluate(() => tallyho.getVisitorId()), undefined);
  assert.deepEqual(page.errors, []);
  await page.context().close();
  await asking.stop();
});

test("moves within a single-page app are page views, and a link to another own host carries the visitor", async () => {
  const app = await shopWith(() => tag('data-domains="pay.example"'));
  const page = await visitor();
  await page.goto(`${app.base}/cart.html`);
  await page.waitForFunction(() => window.tallyho.loaded);
  await page.evaluate(() => history.pushState({}, "", "/cart.html?step=2"));
  const id = await page.evaluate(() => tallyho.getVisitorId());
  await page.evaluate((other) => {
    const link = Object.assign(document.createElement("a"), { id: "over", href: other, textContent: "over" });
    document.body.append(link);
  }, app.base.replace("www.shop.example", "pay.example"));
  await page.click("#over");
  await page.waitForURL(/pay\.example/);
  await page.waitForFunction(() => window.tallyho?.loaded && !location.search.includes("_tly"));
  assert.equal(await page.evaluate(() => tallyho.getVisitorId()), id);
  const deadline = Date.now() + 20_000;
  let pages;
  do {
    await server.caughtUp();
    const { events } = await server.get(`/api/v1/sites/${server.site}/live`);
    pages = events.filter((event) => event.name == "page_view" && /step=2/.test(event.sent.url ?? event.sent.page?.url ?? ""));
  } while (!pages.length && Date.now() < deadline);
  assert.equal(pages.length, 1);
  assert.deepEqual(page.errors, []);
  await page.context().close();
  await app.stop();
});
