// Networks as shoppers have them: cut off, slow, broken. What counts is what the server's API answers, and what the
// browser itself says about the page's speed.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startStage } from "../sample-shop/stage.mjs";

/** What a task may take before the browser calls it long. */
const LONG_MS = 50;

let stage, gate, shop, visitor, order, orderCount;

before(async () => {
  stage = await startStage();
  ({ gate, shop, visitor, order, orderCount } = stage);
});

after(() => stage?.stop());

/** Cuts a page's network off, as the browser's own tools do; returns what brings it back. */
async function cutOff(page) {
  const tools = await page.context().newCDPSession(page);
  await tools.send("Network.enable");
  const set = (offline) => tools.send("Network.emulateNetworkConditions", { offline, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
  await set(true);
  return () => set(false);
}

const outbox = (page) => page.evaluate(() => JSON.parse(localStorage.getItem("tly.o") || "[]"));
const isEmpty = () => JSON.parse(localStorage.getItem("tly.o") || "[]").length == 0;
const buy = (page, transaction_id) =>
  page.evaluate((id) => tallyho("purchase", { transaction_id: id, value: "25.00", currency: "EUR", items: [{ item_id: "S1", price: "20.00" }] }), transaction_id);

/** Opens a page of the shop and waits until all that it told has arrived. */
async function open(page, path) {
  await page.goto(shop.base + path);
  await page.waitForFunction(() => window.tallyho?.loaded);
  await page.waitForFunction(isEmpty);
}

test("a purchase while the network is cut is one order once it is back", async () => {
  const page = await visitor();
  await open(page, "/cart.html?cart=S1");
  const restore = await cutOff(page);
  const before = gate.seen;
  await buy(page, "N1");
  assert.deepEqual((await outbox(page)).map((event) => event.transaction_id), ["N1"]);
  assert.equal(await page.evaluate(() => navigator.onLine), false);
  assert.equal(gate.seen, before, "nothing can have left the browser");
  assert.equal(await orderCount("N1"), 0);
  await restore();
  await order("N1");
  await page.waitForFunction(isEmpty);
  assert.equal(await orderCount("N1"), 1);
  assert.deepEqual(page.errors, []);
  await page.context().close();
});

test("a purchase in a tab that is closed without a network is one order when the shop is opened again", async () => {
  const page = await visitor();
  const context = page.context();
  await open(page, "/cart.html?cart=S1");
  await cutOff(page);
  const before = gate.seen;
  await buy(page, "N2");
  await page.close({ runBeforeUnload: true });
  assert.equal(gate.seen, before, "nothing can have left the browser");
  assert.equal(await orderCount("N2"), 0);
  const again = stage.watch(await context.newPage());
  await again.goto(shop.base);
  await order("N2");
  await again.waitForFunction(isEmpty);
  await again.reload();
  await again.waitForFunction(isEmpty);
  assert.equal(await orderCount("N2"), 1);
  assert.deepEqual(again.errors, []);
  await context.close();
});

test("a page on a host that is none of the site's empties its outbox, too", async () => {
  const stranger = await stage.shopWith(() => stage.tag(), { host: "stranger.example" });
  const page = await visitor();
  await page.goto(`${stranger.base}/thanks.html?cart=S1&order=N3`);
  await order("N3");
  await page.waitForFunction(() => window.tallyho.loaded);
  await page.waitForFunction(isEmpty);
  const before = gate.seen;
  await page.evaluate(() => tallyho("search", { search_term: "linen" }));
  await page.waitForFunction(isEmpty);
  assert.equal(gate.seen, before + 1, "what was learned is kept");
  assert.equal(await orderCount("N3"), 1);
  await page.context().close();
  await stranger.stop();
});

/** Collects what the browser measures: long tasks, long frames with the scripts in them, and shifts of the layout. */
function measure() {
  const seen = (window.seen = { tasks: [], frames: [], shifts: [] });
  const watch = (type, heard) => new PerformanceObserver((list) => list.getEntries().forEach(heard)).observe({ type, buffered: true });
  watch("longtask", (entry) => seen.tasks.push({ at: entry.startTime, ms: entry.duration }));
  watch("long-animation-frame", (entry) => {
    for (const script of entry.scripts) seen.frames.push({ url: script.sourceURL, ms: script.duration });
  });
  watch("layout-shift", (entry) => entry.hadRecentInput || seen.shifts.push(entry.value));
}

/** Waits until the browser has handed out what it measured. */
const measured = (page) =>
  page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(() => requestIdleCallback(() => done(window.seen))))));

for (const mode of ["open", "slow", "503", "garbage", "down"]) {
  test(`the page is as quick and as still as ever while the server is ${mode}`, async (t) => {
    const page = await visitor();
    await page.addInitScript(measure);
    gate.mode = mode;
    const before = gate.asked;
    await page.goto(`${shop.base}/thanks.html?cart=S1,S2&order=Q-${mode}`, { waitUntil: mode == "slow" ? "domcontentloaded" : "load" });
    // The page is whole, whatever the server does.
    assert.equal(await page.textContent("main"), `Order Q-${mode}`);
    await page.waitForFunction((broken) => broken || window.tallyho.loaded, mode == "down");
    if (mode == "slow") await page.waitForFunction(isEmpty);
    else while (gate.asked < before + (mode == "down" ? 1 : 2)) await page.evaluate(() => new Promise(requestAnimationFrame));
    const { tasks, frames, shifts } = await measured(page);
    const ours = frames.filter((script) => script.url.includes("/s/"));
    const list = (entries) => entries.map((entry) => Math.round(entry.ms)).join(", ") || "none";
    t.diagnostic(`long tasks (over ${LONG_MS} ms) on the page: ${list(tasks)}; of our script in long frames: ${list(ours)}; layout shift: ${shifts.length}`);
    assert.deepEqual(shifts, [], "the tracker moves nothing");
    gate.mode = "open";
    if (mode == "down") await page.reload();
    await order(`Q-${mode}`);
    assert.equal(await orderCount(`Q-${mode}`), 1);
    assert.deepEqual(page.errors, []);
    await page.context().close();
  });
}
