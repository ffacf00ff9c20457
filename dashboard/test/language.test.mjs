// German says everything that English says, and defines what the server defines.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { open, startDemo, visit } from "./harness.mjs";

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

test("every metric and dimension of the server is defined in German, its formula included", () => {
  const german = words("de/definitions.json");
  const metrics = new Set(catalogue.metrics.map((metric) => metric.name));
  // A formula of nothing but names reads the same in every language.
  const isOfNames = (formula) => (formula.match(/[a-z_]+/gi) ?? []).every((word) => metrics.has(word));
  const wanted = [
    ...catalogue.metrics.map((metric) => `metric.${metric.name}`),
    ...catalogue.dimensions.map((dimension) => `dimension.${dimension.name}`),
    ...catalogue.metrics.filter((metric) => metric.formula && !isOfNames(metric.formula)).map((metric) => `formula.${metric.name}`),
  ];
  assert.deepEqual(wanted.filter((key) => !german[key]?.trim()), []);
  assert.deepEqual(Object.keys(german).filter((key) => !wanted.includes(key)), []);
  const english = new Set(catalogue.metrics.concat(catalogue.dimensions).map((one) => one.definition));
  assert.deepEqual(Object.keys(german).filter((key) => english.has(german[key]) && !/brand|variant/.test(key)), []);
});

test("German readers see German definitions, wherever one is shown", { timeout: 180_000 }, async () => {
  const page = await open(world, { locale: "de-DE" });
  await visit(world, page, "/glossary");
  await page.locator("#net_sales").getByText("Warenumsatz abzüglich Rabatten und Retouren.").waitFor();
  assert.equal(await page.locator("dl.terms [lang=en]").count(), 0);
  await visit(world, page, "/");
  await page.locator(".card .figure").first().click();
  await page.locator("dialog").getByText("Warenumsatz abzüglich Rabatten und Retouren.").waitFor();
  await page.context().close();
});

test("the first month of a cohort is neutral, the later ones are not", { timeout: 180_000 }, async () => {
  const page = await open(world);
  for (const metric of ["retention", "orders"]) {
    await visit(world, page, `/cohorts?metric=${metric}&period=90d`);
    const heats = await page.locator("table.heat tbody tr").evaluateAll((rows) => rows.map((row) => [...row.querySelectorAll("td:not(.plain)")].filter((cell) => cell.textContent).map((cell) => Number(cell.style.getPropertyValue("--heat")))));
    assert.ok(heats.length >= 3);
    assert.ok(heats.every(([first]) => first === 0), JSON.stringify(heats));
    assert.ok(heats.some((row) => row.slice(1).some((heat) => heat === 1)), JSON.stringify(heats));
  }
  await page.context().close();
});
