// What is kept of a visitor is exactly what docs/privacy.md says: in the browser every place that a page can write to, on
// the server what its API shows.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import { launch, startStage } from "../sample-shop/stage.mjs";

const DAY_S = 86_400;

let stage, gate, shop, visitor, order;

before(async () => {
  stage = await startStage();
  ({ gate, shop, visitor, order } = stage);
});

after(() => stage?.stop());

/** Returns everything that the browser keeps for the shop and for the server: names, and of cookies whose and how long. */
async function kept(page) {
  const cookies = (await page.context().cookies()).map(({ name, domain, path, sameSite, httpOnly }) => ({ name, domain, path, sameSite, httpOnly }));
  const here = await page.evaluate(async () => {
    const names = (storage) => {
      try {
        return Object.keys(storage()).sort();
      } catch {
        return [];
      }
    };
    const databases = await indexedDB.databases().catch(() => []);
    const caches = await (self.caches?.keys() ?? Promise.resolve([])).catch(() => []);
    const workers = await (navigator.serviceWorker?.getRegistrations() ?? Promise.resolve([])).catch(() => []);
    return { local: names(() => localStorage), session: names(() => sessionStorage), other: databases.length + caches.length + workers.length };
  });
  return { cookies, ...here };
}

const NOTHING = { cookies: [], local: [], session: [], other: 0 };
const OURS = { name: "_tly", domain: ".shop.example", path: "/", sameSite: "Lax", httpOnly: false };
const USUAL = { ...NOTHING, cookies: [OURS], local: ["tly.o", "tly.p"] };

/** Says who `user_id` is, buys, and returns the order once the server has it. */
async function buy(page, base, id) {
  await page.goto(`${base}/cart.html?cart=S1`);
  await page.waitForFunction(() => window.tallyho?.loaded);
  await page.evaluate((user_id) => tallyho("identify", { user_id, email: "ann@example.org" }), `user-${id}`);
  await page.goto(`${base}/thanks.html?cart=S1&order=${id}`);
  await page.waitForFunction(() => window.tallyho?.loaded);
  return order(id);
}

test("by default: one cookie of 390 days, the outbox and hashes of order ids", async () => {
  const page = await visitor();
  const { order: told } = await buy(page, shop.base, "S-default");
  assert.deepEqual(await kept(page), USUAL);
  const [cookie] = await page.context().cookies();
  assert.ok(Math.abs(cookie.expires - Date.now() / 1000 - 390 * DAY_S) < 60);
  assert.match(cookie.value, /^[0-9a-f-]{36}$/);
  await page.waitForFunction(() => localStorage.getItem("tly.o") == "[]");
  assert.match(await page.evaluate(() => localStorage.getItem("tly.p")), /^[0-9a-z]{1,7}$/, "a hash, and not the id");
  assert.ok(told.visitor && told.customer);
  await page.context().close();
});

test("cookieless: nothing in the browser, and a visitor who is told apart on the server", async () => {
  const bare = await stage.shopWith(() => stage.tag('data-cookies="false"'));
  const page = await visitor();
  const { order: told } = await buy(page, bare.base, "S-cookieless");
  assert.deepEqual(await kept(page), NOTHING);
  assert.ok(told.visitor);
  await page.context().close();
  await bare.stop();
});

test("Global Privacy Control: nothing until consent is granted, then the usual", async () => {
  const page = await visitor({ extraHTTPHeaders: { "Sec-GPC": "1" } });
  await page.addInitScript(() => Object.defineProperty(navigator, "globalPrivacyControl", { get: () => true }));
  await buy(page, shop.base, "S-gpc");
  assert.deepEqual(await kept(page), NOTHING);
  await page.evaluate(() => tallyho("consent", "grant"));
  await page.evaluate(() => tallyho("purchase", { transaction_id: "S-gpc-2", value: "5.00" }));
  await order("S-gpc-2");
  assert.deepEqual(await kept(page), USUAL);
  await page.context().close();
});

test("consent denied: what was kept is removed, what has not arrived waits in memory, the order counts without a person", async () => {
  const page = await visitor();
  const { order: earlier } = await buy(page, shop.base, "S-denied-1");
  assert.deepEqual(await kept(page), USUAL);
  gate.mode = "503";
  const before = gate.seen;
  await page.evaluate(() => {
    tallyho("consent", "deny");
    tallyho("purchase", { transaction_id: "S-denied-2", value: "5.00", user_id: "user-x", email: "bob@example.org" });
  });
  while (gate.seen == before) await page.evaluate(() => new Promise(requestAnimationFrame));
  assert.deepEqual(await kept(page), NOTHING);
  gate.mode = "open";
  const { order: told } = await order("S-denied-2");
  assert.deepEqual(await kept(page), NOTHING);
  assert.notEqual(told.visitor, earlier.visitor, "nobody is recognised");
  assert.equal(told.customer, null);
  await page.context().close();
});

test("waiting for consent: nothing in the browser, nothing sent", async () => {
  const asking = await stage.shopWith(() => stage.tag('data-wait="true"'));
  const page = await visitor();
  const before = gate.seen;
  await page.goto(`${asking.base}/thanks.html?cart=S1&order=S-wait`);
  await page.waitForFunction(() => window.tallyho?.loaded);
  await page.goto(`${asking.base}/cart.html`);
  await page.waitForFunction(() => window.tallyho?.loaded);
  assert.deepEqual(await kept(page), NOTHING);
  assert.equal(gate.seen, before);
  await page.context().close();
  await asking.stop();
});

test("cookies and storage blocked in the browser's own settings: nothing, and the order arrives", async () => {
  const profile = mkdtempSync(join(tmpdir(), "tallyho-blocked-"));
  mkdirSync(join(profile, "Default"));
  const blocked = { profile: { default_content_setting_values: { cookies: 2 } } };
  writeFileSync(join(profile, "Default", "Preferences"), JSON.stringify(blocked));
  const context = await chromium.launchPersistentContext(profile, launch());
  const page = stage.watch(await context.newPage());
  await page.goto(`${shop.base}/thanks.html?cart=S1&order=S-blocked`);
  await page.waitForFunction(() => window.tallyho?.loaded);
  const refused = await page.evaluate(() => {
    try {
      return String(localStorage);
    } catch (error) {
      return error.name;
    }
  });
  assert.equal(refused, "SecurityError", "the browser does block");
  const { order: told } = await order("S-blocked");
  assert.deepEqual(await kept(page), NOTHING);
  assert.ok(told.visitor);
  assert.deepEqual(page.errors, []);
  await context.close();
  rmSync(profile, { recursive: true, force: true });
});
