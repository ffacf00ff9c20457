// German says everything that English says, and no word on any screen is outside the catalogues.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { open, screens, startDemo, visit } from "./harness.mjs";

const source = new URL("../src/", import.meta.url).pathname;
const words = (name) => JSON.parse(readFileSync(join(source, "i18n", name), "utf8"));
const both = (language) => ({ ...words(`${language}/core.json`), ...words(`${language}/more.json`) });
const forms = (entry) => (typeof entry === "string" ? [entry] : Object.values(entry));
const gaps = (entry) => [...new Set(forms(entry).flatMap((text) => [...text.matchAll(/\{(\w+)\}/g)].map((found) => found[1])))].sort();

test("German is complete, and fills the same gaps", () => {
  const [english, german] = [both("en"), both("de")];
  for (const [key, entry] of Object.entries(english)) {
    assert.ok(key in german, `${key} has no German`);
    assert.deepEqual(gaps(german[key]), gaps(entry), key);
    assert.ok(forms(german[key]).every((text) => text.trim() !== "") || forms(entry).every((text) => text === ""), key);
  }
  // What only German has are names that English takes from the server's catalogue.
  const more = Object.keys(german).filter((key) => !(key in english));
  assert.deepEqual(more.filter((key) => !/^(metric|dimension)\./.test(key)), []);
});

test("no word is kept that nothing says", () => {
  const all = readdirSync(source, { recursive: true }).filter((file) => /\.tsx?$/.test(file));
  const text = all.map((file) => readFileSync(join(source, file), "utf8")).join("\n");
  const starts = [...text.matchAll(/[`"]([a-z_]+(?:\.[a-z_]+)*)\.\$\{/g)].map((found) => found[1]);
  const patterns = ["value.", "mark.", "metric.", "dimension.", "column.", "setting.", "model.", "verify.", ...starts.map((start) => `${start}.`)];
  const unused = Object.keys(both("en")).filter((key) => !text.includes(`"${key}"`) && !patterns.some((start) => key.startsWith(start)));
  assert.deepEqual(unused, []);
});

let world, catalogue;

before(async () => {
  world = await startDemo();
  catalogue = await (await fetch(`${world.api}/api/v1/catalogue`)).json();
});
after(() => world?.stop());

test("every metric and dimension of the server has a German name", () => {
  const german = both("de");
  const keys = [...catalogue.metrics.map((m) => `metric.${m.name}`), ...catalogue.dimensions.map((d) => `dimension.${d.name}`)];
  assert.ok(keys.length > 100);
  assert.deepEqual(keys.filter((key) => !(key in german)), []);
});

test("every word on the screens is of a catalogue, and longer words break nothing", { timeout: 600_000 }, async () => {
  const wrong = [];
  // What the server names itself is English in every language but German.
  const names = catalogue.metrics.concat(catalogue.dimensions).map((one) => one.label);
  const page = await open(world, { viewport: { width: 360, height: 780 } });
  for (const path of await screens(world)) {
    await visit(world, page, path + (path.includes("?") ? "&" : "?") + "lang=qps");
    const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (over > 0) wrong.push(`${path}: sticks out by ${over} px`);
    // Headings, heads of columns, buttons and labels are ours; cells and answers are data.
    const plain = await page.evaluate((names) => {
      const ours = document.querySelectorAll("h1, h2, h3, thead th, button:not(.figure, .cell-text), .nav-title, nav a, label, legend, summary, .empty, .panel-head p");
      return [...ours]
        .filter((element) => !element.closest("tbody, pre, .site-name, [lang], .chip, .menu-note") && !element.querySelector("select, input, textarea, code"))
        .map((element) => element.textContent.trim())
        .filter((text) => /\p{L}{2}/u.test(text) && !text.includes("⟦") && !names.some((name) => text.startsWith(name)));
    }, names);
    wrong.push(...[...new Set(plain)].map((text) => `${path}: "${text.slice(0, 80)}"`));
  }
  await page.context().close();
  assert.deepEqual(wrong, []);
});
