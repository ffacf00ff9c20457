// The overview while its figures come: nothing that is seen moves, nothing is asked twice, what matters most is asked
// first, and a press is answered at once.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { open, settled, startDemo, visit } from "./harness.mjs";

let world;

before(async () => void (world = await startDemo()));
after(() => world?.stop());

/** Runs in the page before anything else. */
function watch() {
  window.moved = [];
  const note = (entry) => {
    if (!entry.hadRecentInput) window.moved.push(...entry.sources.map(({ node, previousRect, currentRect }) => `${node?.className ?? node?.nodeName} ${previousRect.y} > ${currentRect.y} (${entry.value.toFixed(4)})`));
  };
  new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({ type: "layout-shift", buffered: true });
}

for (const [name, height, path] of [["a screen", 900, "/"], ["a very high screen", 2600, "/"], ["a year", 2600, "/?period=365d"]]) {
  test(`nothing moves while the figures come: ${name}`, { timeout: 180_000 }, async () => {
    const page = await open(world, { viewport: { width: 1440, height } });
    await page.addInitScript(watch);
    await visit(world, page, path);
    assert.deepEqual(await page.evaluate(() => window.moved), []);
    // A control: what does move is seen.
    await page.evaluate(() => document.querySelector("main").prepend(Object.assign(document.createElement("p"), { textContent: "pushes everything down" })));
    await page.waitForFunction(() => window.moved.length > 0);
    await page.context().close();
  });
}

test("nothing is asked twice, and the key figures before what hangs on them", { timeout: 180_000 }, async () => {
  const page = await open(world);
  const asked = [];
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.pathname.startsWith("/api/")) asked.push(url.pathname + url.search);
  });
  await visit(world, page, "/");
  assert.equal(new Set(asked).size, asked.length, asked.join("\n"));
  assert.ok(asked.length <= 19, `${asked.length} requests`);
  const reports = asked.filter((path) => path.includes("/report?"));
  assert.match(reports[0], /net_sales,orders,average_order_value/);
  // Coming back asks again only for what changes by itself.
  asked.length = 0;
  await page.getByRole("link", { name: "Glossary" }).first().click();
  await settled(page);
  await page.getByRole("link", { name: "Overview" }).first().click();
  await settled(page);
  assert.deepEqual(asked.filter((path) => path.includes("/report?")), []);
  await page.context().close();
});
