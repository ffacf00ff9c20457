// The first minutes of an installation, as its owner lives them: the link that the server prints, the account, the shop,
// the snippet, the first event; then signing out and in, inviting somebody, and a link for people without an account.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { open, settled, startTallyho, visit, withBrowser } from "./harness.mjs";

const PASSWORD = "a long walk along the ridge";
let world, page, server;

before(async () => {
  server = await startTallyho("serve");
  world = await withBrowser(server, "");
  page = await open(world);
});
after(() => world?.stop());

/** Waits until the dashboard itself has opened. */
async function inside(page) {
  await page.locator("#main h1").waitFor();
  await settled(page);
}

const press = (name) => page.getByRole("button", { name, exact: true }).click();

test("the printed link leads through account and shop to the snippet", { timeout: 180_000 }, async () => {
  await server.said(/#\/setup\//);
  const token = /#\/setup\/(\S+)/.exec(server.lines.join("\n"))[1];
  await page.goto(`${world.base}/#/setup/${token}`);
  await page.getByLabel("Name").fill("Ada");
  await page.getByLabel("E-mail").fill("ada@shop.example");
  await page.getByLabel("Password").fill(PASSWORD);
  await press("Go on");
  await page.getByLabel("The shop's host").fill("shop.example");
  await page.getByLabel("Currency").fill("EUR");
  await page.getByLabel("Time zone of the shop's days").fill("Europe/Berlin");
  await press("Go on");
  await page.getByText("Waiting for the first event").waitFor();
  for (const way of ["Tag Manager", "Shopify", "WooCommerce", "npm", "Server", "Matomo", "GA4", "Stripe"]) {
    await press(way);
    assert.ok((await page.locator("pre").first().textContent()).length > 40, way);
  }
});

test("the first event turns the panel green", { timeout: 180_000 }, async () => {
  const event = { name: "page_view", id: crypto.randomUUID(), page: { url: "https://shop.example/", title: "Hello" } };
  await fetch(`${world.api}/v1/collect`, { method: "POST", body: JSON.stringify({ site: 1, events: [event] }) });
  await page.locator(".waiting-event.arrived").waitFor();
  assert.match(await page.locator(".waiting-event").textContent(), /Page view has arrived/);
  await press("To the dashboard");
  await inside(page);
  assert.equal(await page.locator("h1").textContent(), "Overview");
});

test("a note stands in the chart, and a setting is kept", { timeout: 180_000 }, async () => {
  await visit(world, page, "/settings/annotations");
  await page.getByRole("textbox", { name: "Note" }).fill("The campaign began");
  await press("Add the note");
  await page.getByRole("rowheader").first().waitFor();
  await visit(world, page, "/");
  assert.match(await page.locator(".chart-marks").textContent(), /The campaign began/);
  await visit(world, page, "/settings/site");
  await page.getByLabel(/A cart is abandoned after/).fill("3600");
  await press("Save");
  await page.getByText("Saved", { exact: true }).waitFor();
  await visit(world, page, "/settings/site");
  assert.equal(await page.getByLabel(/A cart is abandoned after/).inputValue(), "3600");
});

test("who signs out must sign in again, and a wrong password is told", { timeout: 180_000 }, async () => {
  await visit(world, page, "/settings/account");
  await press("Sign out");
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await page.getByLabel("E-mail").fill("ada@shop.example");
  await page.getByLabel("Password").fill("something else entirely");
  await press("Sign in");
  await page.getByRole("alert").waitFor();
  await page.getByLabel("Password").fill(PASSWORD);
  await press("Sign in");
  await inside(page);
  assert.match(await page.locator("#main").textContent(), /ada@shop.example/);
});

test("who is invited sees the shop and may not change it", { timeout: 180_000 }, async () => {
  await visit(world, page, "/settings/users");
  await page.getByLabel("E-mail").fill("bob@shop.example");
  await press("Invite");
  const link = new URL(await page.locator(".badge pre").textContent());
  const other = await open(world);
  await other.goto(`${world.base}/${link.hash}`);
  await other.getByLabel("Name").fill("Bob");
  await other.getByLabel("Password").fill("another quite long password");
  await other.getByRole("button", { name: "Accept" }).click();
  await inside(other);
  assert.equal(await other.locator("h1").textContent(), "Overview");
  await visit(world, other, "/settings/site");
  assert.equal(await other.getByRole("button", { name: "Save" }).count(), 0);
  await other.context().close();
});

test("a shared link shows reports and nothing else, until it is taken back", { timeout: 180_000 }, async () => {
  await visit(world, page, "/settings/shares");
  await page.getByLabel("Name").fill("For the agency");
  await page.getByLabel(/^Password/).fill("lantern");
  await press("Make the link");
  const link = new URL(await page.locator(".badge pre").textContent());
  const other = await open(world);
  await other.goto(`${world.base}/${link.hash}`);
  await other.getByLabel(/^Password/).fill("lantern");
  await other.getByRole("button", { name: "Open", exact: true }).click();
  await inside(other);
  assert.equal(await other.locator("h1").textContent(), "Overview");
  const names = await other.locator("nav a").allTextContents();
  assert.ok(names.includes("Acquisition") && !names.includes("Orders") && !names.includes("Settings"), names.join());
  for (const name of ["Attribution", "Funnels", "Cohorts"]) {
    await other.locator("nav a", { hasText: name }).click();
    await other.locator(".panel table, .panel svg, .panel .empty").first().waitFor();
  }
  // Nothing that a share may not see is even asked for, but for the password that was missing at first.
  assert.deepEqual(other.problems.filter((problem) => !problem.includes("shares/open")), []);
  await page.getByRole("button", { name: /^Delete/ }).click();
  await press("Really delete");
  await page.getByText("No links yet").waitFor();
  await other.reload();
  await other.getByRole("heading", { name: "Sign in" }).waitFor();
  await other.context().close();
});

test("nothing went wrong meanwhile", () => {
  // But for the wrong password that was tried.
  assert.deepEqual(page.problems.filter((problem) => !problem.includes('"session.refused"')), []);
});
