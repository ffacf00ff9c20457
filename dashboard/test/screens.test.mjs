// Every screen, light and dark, wide and on a small telephone: nothing goes wrong, nothing sticks out, and what axe finds
// against WCAG 2.2 AA is nothing. Screenshots go to test/output/.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { open, output, screens, startDemo, visit } from "./harness.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

const LOOKS = {
  light: { colorScheme: "light" },
  dark: { colorScheme: "dark", locale: "de-DE" },
  narrow: { colorScheme: "light", viewport: { width: 360, height: 780 }, reducedMotion: "reduce" },
};

let world, paths;

before(async () => {
  world = await startDemo();
  paths = await screens(world);
});
after(() => world?.stop());

for (const [look, options] of Object.entries(LOOKS)) {
  test(`every screen stands, ${look}`, { timeout: 600_000 }, async () => {
    const page = await open(world, options);
    const wrong = [];
    for (const path of paths) {
      await visit(world, page, path);
      const name = path.replace(/[^a-z0-9]+/gi, "-").replace(/^-|-$/g, "") || "overview";
      await page.screenshot({ path: join(output, `${name}-${look}.png`), fullPage: true });
      wrong.push(...page.problems.splice(0).map((problem) => `${path}: ${problem}`));
      const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      if (over > 0) wrong.push(`${path}: sticks out by ${over} px`);
      await page.evaluate(axe);
      const found = await page.evaluate((rules) => window.axe.run(document, { runOnly: { type: "tag", values: rules }, resultTypes: ["violations"] }), RULES);
      for (const { id, nodes } of found.violations) wrong.push(`${path}: ${id}: ${nodes.slice(0, 3).map((n) => n.html.slice(0, 160) + " " + (n.any[0]?.message ?? "")).join(" | ")} (${nodes.length})`);
      // A control: axe must have looked at something.
      assert.ok(found.testEngine && found.violations);
    }
    await page.context().close();
    assert.deepEqual(wrong, []);
  });
}
