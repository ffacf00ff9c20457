// The main tasks of a morning without a mouse.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { open, settled, startDemo, visit } from "./harness.mjs";

let world, page;

before(async () => {
  world = await startDemo();
  page = await open(world);
});
after(() => world?.stop());

const press = async (...keys) => {
  for (const key of keys) await page.keyboard.press(key);
};
const focused = () => page.evaluate(() => ({ text: document.activeElement?.textContent?.trim() ?? "", label: document.activeElement?.getAttribute("aria-label") ?? "", id: document.activeElement?.id ?? "", tag: document.activeElement?.tagName }));
const address = () => new URL(page.url());

/** Presses Tab until `wanted` holds for what has the focus. */
async function tabTo(wanted, most = 120) {
  for (let count = 0; count < most; count++) {
    await press("Tab");
    if (wanted(await focused())) return;
  }
  assert.fail(`the Tab key does not reach it: ${wanted}`);
}

test("the first Tab leads past the navigation", async () => {
  await visit(world, page, "/");
  await press("Tab");
  assert.equal((await focused()).text, "Skip to the figures");
  await press("Enter");
  assert.equal((await focused()).id, "main");
});

test("every stop of the Tab key shows where it is", async () => {
  await visit(world, page, "/");
  for (let count = 0; count < 60; count++) {
    await press("Tab");
    const shown = await page.evaluate(() => {
      const element = document.activeElement;
      if (!element || element === document.body) return true;
      const style = getComputedStyle(element);
      const box = element.getBoundingClientRect();
      return box.width > 0 && style.outlineStyle !== "none" && Number.parseFloat(style.outlineWidth) >= 1;
    });
    assert.ok(shown, `the focus is seen on ${JSON.stringify(await focused())}`);
  }
});

test("the palette leads to a screen", async () => {
  await visit(world, page, "/");
  await press("Control+k");
  await page.waitForSelector("dialog[open]");
  await page.keyboard.type("produ");
  await press("Enter");
  await page.waitForURL(/\/products/);
  await settled(page);
  assert.equal(await page.locator("h1").textContent(), "Products");
});

test("the period is chosen, and the figures follow", async () => {
  await visit(world, page, "/");
  const before = await page.locator(".card .figure").first().textContent();
  await tabTo((now) => now.text.startsWith("Last 30 days"));
  await press("Enter");
  await page.waitForFunction(() => document.activeElement?.closest(".popover"));
  await press("ArrowDown", "ArrowDown", "Enter");
  await page.waitForURL(/period=7d/);
  await page.waitForFunction((was) => document.querySelector(".card .figure")?.textContent !== was, before);
  await settled(page);
  assert.notEqual(await page.locator(".card .figure").first().textContent(), before);
});

test("a card shows its metric in the chart", async () => {
  await visit(world, page, "/");
  await tabTo((now) => now.text === "Orders" && now.tag === "A" && now.id === "" );
  // The first "Orders" is the navigation's; the second is the card's.
  await tabTo((now) => now.text === "Orders" && now.tag === "A");
  await press("Enter");
  await page.waitForURL(/metric=orders/);
  assert.match(await page.locator("#course h2").textContent(), /Orders/);
});

test("a row filters everything, and its chip takes the filter away", async () => {
  await visit(world, page, "/");
  await page.locator("#channels tbody button").first().focus();
  await press("ArrowDown", "Enter");
  await page.waitForURL(/filter=/);
  await settled(page);
  assert.match(address().searchParams.get("filter"), /^channel==/);
  const chip = page.locator(".chips a").first();
  assert.match(await chip.getAttribute("aria-label"), /Channel is/);
  await chip.focus();
  await press("Enter");
  await page.waitForFunction(() => !location.search.includes("filter"));
});

test("a figure is explained in a drawer, and the focus comes back", async () => {
  await visit(world, page, "/");
  await page.locator("#channels tbody button").first().focus();
  await press("ArrowRight", "Enter");
  await page.waitForSelector("dialog.drawer[open]");
  assert.match(await page.locator("dialog.drawer").textContent(), /Gross sales less discounts/);
  await press("Escape");
  await page.waitForFunction(() => !document.querySelector("dialog.drawer"));
  assert.match(await page.evaluate(() => document.activeElement.className), /figure/);
});

test("a panel's menu gives its figures as a file", async () => {
  await visit(world, page, "/");
  await page.locator("#channels").getByRole("button", { name: "More of this panel" }).focus();
  await press("Enter");
  await page.waitForFunction(() => document.activeElement?.textContent === "Download as CSV");
  const href = await page.evaluate(() => document.activeElement.getAttribute("href"));
  const file = await fetch(world.base + href);
  assert.match(file.headers.get("content-type"), /csv/);
  assert.match(await file.text(), /^channel,/);
  await press("Escape");
  assert.equal((await focused()).label, "More of this panel");
});

test("an order is found by its number", async () => {
  const { orders } = await (await fetch(`${world.api}/api/v1/sites/1/orders?limit=1`)).json();
  await visit(world, page, "/orders");
  await tabTo((now) => now.label === "Order number");
  await page.keyboard.type(orders[0].order_id);
  await press("Enter");
  await page.waitForURL(/\/orders\/.+/);
  await settled(page);
  assert.equal(await page.locator("h1").textContent(), `Order ${orders[0].order_id}`);
  assert.equal((await focused()).tag, "H1");
});

test("the navigation of a small screen opens and closes", async () => {
  const small = await open(world, { viewport: { width: 360, height: 780 } });
  await visit(world, small, "/");
  const button = small.getByRole("button", { name: "Open the navigation" });
  await button.focus();
  await small.keyboard.press("Enter");
  await small.getByRole("link", { name: "Customers" }).waitFor({ state: "visible" });
  await small.keyboard.press("Escape");
  await small.getByRole("link", { name: "Customers" }).waitFor({ state: "hidden" });
  assert.equal(await button.getAttribute("aria-expanded"), "false");
  await small.context().close();
});

test("nothing went wrong meanwhile", () => assert.deepEqual(page.problems, []));
