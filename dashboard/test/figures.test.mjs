// Every figure on every screen is the API's: what stands on the screen is compared with the answer of the call that the
// figure names, at the path that it names, value and text.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { open, screens, settled, startDemo, visit } from "./harness.mjs";

let world;

before(async () => void (world = await startDemo()));
after(() => world?.stop());

const answers = new Map();

/** Asks the server itself, past the dashboard. */
async function answer(call) {
  if (!answers.has(call)) answers.set(call, fetch(world.api + call).then((found) => found.json()));
  return answers.get(call);
}

const at = (json, path) => path.split(".").reduce((value, key) => value?.[key], json);

/** Reads a figure as it is written in British English. */
function read(text) {
  if (text.trim() === "–") return null;
  const digits = text.replace(/[^0-9.%-]/g, "");
  return digits.endsWith("%") ? Number(digits.slice(0, -1)) / 100 : Number(digits);
}

function collect(page) {
  return page.evaluate(() =>
    [...document.querySelectorAll("[data-call]")].map((element) => ({
      ...element.dataset,
      // What is only read out is not part of the figure.
      text: [...element.childNodes].filter((node) => !(node.classList?.contains("hidden"))).map((node) => node.textContent).join(""),
    })),
  );
}

async function compare(figures, path, wrong) {
  let checked = 0;
  for (const figure of figures) {
    const json = await answer(figure.call);
    const told = at(json, figure.at);
    const where = `${path}: ${figure.metric ?? ""} ${figure.at} of ${figure.call}`;
    if (figure.derived === "change") {
      const base = Number(at(json, figure.base));
      const share = (Number(told) - base) / Math.abs(base);
      if (Math.abs(read(figure.text) - share) > (Math.abs(share) >= 10 ? 0.006 : 0.00051)) wrong.push(`${where}: ${figure.text} is not ${share}`);
      checked++;
      continue;
    }
    if (JSON.stringify(told ?? null) !== figure.value) wrong.push(`${where}: ${figure.value} is not ${JSON.stringify(told)}`);
    // A length of time is written in its own units.
    if (figure.unit !== "seconds") {
      const shown = read(figure.text);
      const close = told === null || told === undefined ? shown === null : Math.abs(shown - Number(told)) <= 0.005000001 * (figure.unit === "percent" ? 0.01 : 1);
      if (!close) wrong.push(`${where}: "${figure.text}" is not ${told}`);
    }
    checked++;
  }
  return checked;
}

test("every figure on every screen is the API's", { timeout: 600_000 }, async () => {
  const page = await open(world);
  const wrong = [];
  let checked = 0;
  for (const path of await screens(world)) {
    // The live screen and those that look anew may change between two questions; the demo shop stands still.
    await visit(world, page, path);
    checked += await compare(await collect(page), path, wrong);
  }
  for (const path of ["/?period=7d&compare=previous_year", "/?filter=channel%3D%3DEmail", "/?from=2026-09-01&to=2026-11-30&by=month", "/?period=yesterday"]) {
    await visit(world, page, path);
    // A button that was pressed is called otherwise.
    const charts = page.getByRole("button", { name: "View as table" });
    while (await charts.count()) await charts.first().click();
    await settled(page);
    checked += await compare(await collect(page), path, wrong);
  }
  await page.context().close();
  assert.deepEqual(wrong.slice(0, 20), []);
  console.log(`${checked} figures are equal to the API's answers`);
  assert.ok(checked > 2000, `only ${checked} figures were found`);
});

test("a wrong figure would be found", async () => {
  const wrong = [];
  const call = "/api/v1/sites/1/report?metrics=orders";
  await compare([{ call, at: "totals.0", value: "-1", unit: "count", text: "-1" }], "control", wrong);
  assert.equal(wrong.length, 2);
});

test("panels add up to the cards", { timeout: 180_000 }, async () => {
  const page = await open(world);
  for (const period of ["", "?period=7d", "?period=90d"]) {
    await visit(world, page, `/${period}`);
    const { card, panels } = await page.evaluate(() => {
      const value = (element) => JSON.parse(element.dataset.value);
      const panel = (id) => {
        const more = document.querySelector(`#${id} .more`);
        return { id, isWhole: !more, cells: [...document.querySelectorAll(`#${id} tbody [data-metric=orders]`)].map(value), total: [...document.querySelectorAll(`#${id} tfoot [data-metric=orders]`)].map(value)[0] };
      };
      return { card: value(document.querySelector(".card [data-metric=orders]")), panels: ["channels", "campaigns", "countries", "devices"].map(panel) };
    });
    let whole = 0;
    for (const { id, isWhole, cells, total } of panels) {
      if (total !== undefined) assert.equal(total, card, `${id}${period}: its total is the card's`);
      if (!isWhole) continue;
      whole++;
      assert.equal(cells.reduce((sum, n) => sum + n, 0), card, `${id}${period}: its rows add up to the card`);
    }
    assert.ok(whole >= 2, "panels were whole enough to be added up");
  }
  await page.context().close();
});
