// Every screen, light and dark, wide and on a small telephone: nothing goes wrong, nothing sticks out, every word is of a
// catalogue, and what axe finds against WCAG 2.2 AA is nothing. With TALLYHO_PICTURES=1, pictures go to test/output/.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { open, output, screens, startDemo, visit } from "./harness.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

// What is wrong by its structure is so in every colour: light is looked at in full, dark for its contrast alone.
const LOOKS = {
  light: { options: { colorScheme: "light" }, run: { type: "tag", values: RULES } },
  dark: { options: { colorScheme: "dark", locale: "de-DE" }, run: { type: "rule", values: ["color-contrast"] } },
  // Words a third longer than they are, on a small telephone.
  narrow: { options: { colorScheme: "light", viewport: { width: 360, height: 780 }, reducedMotion: "reduce" }, run: { type: "tag", values: RULES }, language: "qps" },
};
/** Pictures of every screen take a third of the time; they are for looking, not for judging. */
const takesPictures = process.env.TALLYHO_PICTURES === "1";

let world, paths, catalogue;

before(async () => {
  world = await startDemo();
  paths = await screens(world);
  catalogue = await (await fetch(`${world.api}/api/v1/catalogue`)).json();
});
after(() => world?.stop());

/** Returns the words on a screen in the pseudo language that no catalogue has. */
function strayWords(page) {
  // What the server names itself is English in every language but German.
  const names = catalogue.metrics.concat(catalogue.dimensions).map((one) => one.label);
  // Headings, heads of columns, buttons and labels are ours; cells and answers are data.
  return page.evaluate((names) => {
    const ours = document.querySelectorAll("h1, h2, h3, thead th, button:not(.figure, .cell-text), .nav-title, nav a, label, legend, summary, .empty, .panel-head p");
    const texts = [...ours]
      .filter((element) => !element.closest("tbody, pre, .site-name, [lang], .chip, .menu-note") && !element.querySelector("select, input, textarea, code"))
      .map((element) => element.textContent.trim())
      .filter((text) => /\p{L}{2}/u.test(text) && !text.includes("⟦") && !names.some((name) => text.startsWith(name)));
    return [...new Set(texts)].map((text) => `"${text.slice(0, 80)}" is in no catalogue`);
  }, names);
}

for (const [look, { options, run, language }] of Object.entries(LOOKS)) {
  test(`every screen stands, ${look}`, { timeout: 600_000 }, async () => {
    const page = await open(world, options);
    const wrong = [];
    let words = 0;
    for (const path of paths) {
      await visit(world, page, language ? `${path}${path.includes("?") ? "&" : "?"}lang=${language}` : path);
      const name = path.replace(/[^a-z0-9]+/gi, "-").replace(/^-|-$/g, "") || "overview";
      if (takesPictures) await page.screenshot({ path: join(output, `${name}-${look}.png`), fullPage: true });
      wrong.push(...page.problems.splice(0).map((problem) => `${path}: ${problem}`));
      const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      if (over > 0) wrong.push(`${path}: sticks out by ${over} px`);
      if (language) {
        wrong.push(...(await strayWords(page)).map((text) => `${path}: ${text}`));
        words += await page.evaluate(() => document.body.textContent.split("⟦").length - 1);
      }
      await page.evaluate(axe);
      const found = await page.evaluate((run) => window.axe.run(document, { runOnly: run, resultTypes: ["violations"] }), run);
      for (const { id, nodes } of found.violations) wrong.push(`${path}: ${id}: ${nodes.slice(0, 3).map((n) => n.html.slice(0, 160) + " " + (n.any[0]?.message ?? "")).join(" | ")} (${nodes.length})`);
      // A control: axe must have looked at something.
      assert.ok(found.testEngine && found.violations);
    }
    await page.context().close();
    assert.deepEqual(wrong, []);
    if (language) assert.ok(words > 1000, `only ${words} words were in the pseudo language`);
  });
}
