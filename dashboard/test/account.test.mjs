// One's own account: the second factor, where one is signed in, kept views, and what everybody who may see the shop is told.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, before, test } from "node:test";
import { open, OWNER, settled, signIn, startOwned, visit } from "./harness.mjs";

let world, page;

before(async () => {
  world = await startOwned();
  page = await open(world);
  await signIn(world, page);
  await inside(page);
});
after(() => world?.stop());

async function inside(page) {
  await page.locator("#main h1").waitFor();
  await settled(page);
}

const press = (name) => page.getByRole("button", { name, exact: true }).click();
const STEP_S = 30;

/** Returns the code of RFC 6238 for a secret in base 32, `ahead` steps from now. */
function totp(secret, ahead = 0) {
  const bits = [...secret.replace(/[\s=]/g, "")].map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 1000 / STEP_S) + ahead));
  const hash = createHmac("sha1", key).update(counter).digest();
  return String((hash.readUInt32BE(hash[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

test("the code is that of RFC 6238", () => {
  // Its appendix B: the secret 12345678901234567890 at 59 seconds.
  const now = Date.now;
  Date.now = () => 59_000;
  assert.equal(totp("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"), "287082");
  Date.now = now;
});

let secret, codes;

test("a second factor is turned on with an authenticator's code", { timeout: 180_000 }, async () => {
  await visit(world, page, "/settings/account");
  await press("Turn it on");
  secret = (await page.locator("pre").first().textContent()).trim();
  assert.match(await page.getByRole("link", { name: "Open in an authenticator" }).getAttribute("href"), /^otpauth:\/\/totp\//);
  await page.getByLabel("Code of the authenticator").fill("000000");
  await press("Confirm");
  await page.getByRole("alert").waitFor();
  await page.getByLabel("Code of the authenticator").fill(totp(secret));
  await press("Confirm");
  await page.getByText("Keep these codes in a safe place").waitFor();
  codes = (await page.locator(".badge pre").textContent()).trim().split(/\s+/);
  assert.equal(codes.length, 10);
});

test("signing in then asks for a code: the authenticator's, or one for recovery, once", { timeout: 180_000 }, async () => {
  const other = await open(world);
  const code = other.getByLabel("Code of the authenticator");
  const send = () => other.getByRole("button", { name: "Sign in", exact: true }).click();
  await signIn(world, other);
  await code.fill("123456");
  await send();
  await other.getByRole("alert").waitFor();
  // The code that confirmed it is used up; the next one is good already.
  await code.fill(totp(secret, 1));
  await send();
  await inside(other);
  const again = async () => {
    await visit(world, other, "/settings/account");
    await other.getByRole("button", { name: "Sign out", exact: true }).last().click();
    await signIn(world, other);
  };
  await again();
  await code.fill(codes[0]);
  await send();
  await inside(other);
  await again();
  await code.fill(codes[0]);
  await send();
  await other.getByRole("alert").waitFor();
  await code.fill(codes[1]);
  await send();
  await inside(other);
  await other.context().close();
});

test("sessions are listed, and one that is ended is signed out", { timeout: 180_000 }, async () => {
  const other = await open(world);
  await signIn(world, other);
  await other.getByLabel("Code of the authenticator").fill(codes[2]);
  await other.getByRole("button", { name: "Sign in", exact: true }).click();
  await inside(other);
  await visit(world, page, "/settings/account");
  const rows = page.locator("table", { has: page.locator("caption", { hasText: "Signed in at" }) }).locator("tbody tr");
  assert.ok((await rows.count()) >= 2);
  assert.equal(await rows.filter({ hasText: "this one" }).count(), 1);
  // All but the present one are ended, the latest among them.
  while ((await rows.count()) > 1) {
    const count = await rows.count();
    await rows.filter({ hasNotText: "this one" }).first().getByRole("button", { name: /^Delete/ }).click();
    await press("Really delete");
    await page.waitForFunction((count) => document.querySelectorAll("table tbody tr").length < count, count);
  }
  await other.reload();
  await other.getByRole("heading", { name: "Sign in" }).waitFor();
  await visit(world, page, "/settings/account");
  await page.getByRole("heading", { name: "Second factor" }).waitFor();
  await other.context().close();
});

test("the second factor is turned off with the password", { timeout: 180_000 }, async () => {
  await visit(world, page, "/settings/account");
  const panel = page.locator("section.panel", { has: page.getByRole("heading", { name: "Second factor" }) });
  await panel.getByLabel("Password").fill("not this one at all");
  await press("Turn it off");
  await panel.getByRole("alert").waitFor();
  await panel.getByLabel("Password").fill(OWNER.password);
  await press("Turn it off");
  await panel.getByText("Signing in asks for the password alone.").waitFor();
  const other = await open(world);
  await signIn(world, other);
  await inside(other);
  await other.context().close();
});

test("a view is kept under a name, leads back, and is forgotten", { timeout: 180_000 }, async () => {
  await visit(world, page, "/acquisition?split=device&period=7d");
  await press("Share");
  await page.getByLabel("Name of this view").fill("Devices of the week");
  await press("Keep");
  await page.getByRole("button", { name: "Devices of the week", exact: true }).waitFor();
  await visit(world, page, "/");
  await press("Share");
  await page.getByRole("button", { name: "Devices of the week", exact: true }).click();
  await page.waitForURL(/\/acquisition\?split=device&period=7d/);
  await settled(page);
  await press("Share");
  await page.getByRole("button", { name: "Forget Devices of the week" }).click();
  await page.getByRole("button", { name: "Devices of the week", exact: true }).waitFor({ state: "detached" });
  await page.keyboard.press("Escape");
});

test("a note is written, stands on its day, and goes again", { timeout: 180_000 }, async () => {
  await visit(world, page, "/settings/annotations");
  await page.getByRole("textbox", { name: "Note" }).fill("New prices");
  await press("Add the note");
  await page.getByRole("row", { name: /New prices/ }).waitFor();
  await page.getByRole("button", { name: /^Delete/ }).click();
  await press("Really delete");
  await page.getByRole("row", { name: /New prices/ }).waitFor({ state: "detached" });
  await visit(world, page, "/");
  assert.equal(await page.locator(".chart-marks").count(), 0);
});

test("a link with a password opens with it and not without", { timeout: 180_000 }, async () => {
  await visit(world, page, "/settings/shares");
  await page.getByLabel("Name").fill("Board");
  await page.getByLabel(/^Password/).fill("lantern");
  await press("Make the link");
  const link = new URL(await page.locator(".badge pre").textContent());
  const other = await open(world);
  await other.goto(`${world.base}/${link.hash}`);
  await other.getByRole("alert").waitFor();
  await other.getByLabel(/^Password/).fill("candle");
  await other.getByRole("button", { name: "Open", exact: true }).click();
  await other.getByRole("alert").waitFor();
  assert.equal(await other.locator("nav").count(), 0);
  await other.getByLabel(/^Password/).fill("lantern");
  await other.getByRole("button", { name: "Open", exact: true }).click();
  await inside(other);
  await other.context().close();
});

test("the last comparison with the shop's list is told to everybody", { timeout: 180_000 }, async () => {
  await visit(world, page, "/tally");
  await page.getByLabel(/paste/i).fill("id,total,currency,date\nX-1,10.00,EUR,2026-11-02");
  await press("Compare");
  await page.getByText("It does not tally", { exact: false }).or(page.locator(".badge.warn")).first().waitFor();
  const other = await open(world);
  await signIn(world, other);
  await inside(other);
  const badge = other.locator(".badge.warn", { has: other.locator("a[href^='/tally']") });
  await badge.waitFor();
  assert.match(await badge.textContent(), /1/);
  await other.getByRole("button", { name: "Share" }).click();
  assert.equal(await other.getByRole("button", { name: "last tally" }).count(), 0);
  await other.context().close();
});

test("nothing went wrong meanwhile", () => {
  // But for the wrong codes and passwords that were tried.
  assert.deepEqual(page.problems.filter((problem) => !/"(totp|password|session|account)\.[a-z_]+"/.test(problem)), []);
});
