// The first run, by the clock: from the link that an empty server prints over account, shop and snippet to the first
// event shown green. The shop is a page of its own that holds the copied snippet and nothing else. Then the same steps
// once more with everything a hesitant person does: going back, loading again, coming later.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { open, settled, startTallyho, withBrowser } from "./harness.mjs";

const PASSWORD = "a long walk along the ridge";

/** Serves `html` as the pages of a shop, on a port of its own. */
async function startShop(html) {
  const server = createServer((_, answer) => answer.writeHead(200, { "content-type": "text/html" }).end(`<!doctype html><title>Shop</title>${html}`));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const stop = () => new Promise((resolve) => (server.closeAllConnections(), server.close(resolve)));
  return { url: `http://127.0.0.1:${server.address().port}/`, stop };
}

/** A pair of hands at a page that counts what they do. */
function hands(page) {
  const done = { clicks: 0, fields: 0 };
  const press = async (name) => {
    await page.getByRole("button", { name, exact: true }).click();
    done.clicks++;
  };
  const fill = async (label, text) => {
    await page.getByLabel(label, { exact: true }).fill(text);
    done.fields++;
  };
  return { done, press, fill };
}

/** Starts an empty server and opens the link that it prints, as this build's dashboard shows it. */
async function begin(t, options) {
  const server = await startTallyho("serve");
  const printed = new URL(/http\S+#\/setup\/\S+/.exec(await server.said(/#\/setup\//))[0]);
  const world = await withBrowser(server, "");
  t.after(() => world.stop());
  const page = await open(world, options);
  return { world, page, link: world.base + "/" + printed.hash };
}

test("from the printed link to the first event", { timeout: 180_000 }, async (t) => {
  const { world, page, link } = await begin(t, { timezoneId: "Europe/Berlin", permissions: ["clipboard-read", "clipboard-write"] });
  const { done, press, fill } = hands(page);
  const began = performance.now();
  await page.goto(link);
  await fill("Name", "Ada");
  await fill("E-mail", "ada@shop.example");
  await fill(/^Password/, PASSWORD);
  await press("Go on");
  await fill("The shop's host", "shop.example");
  // What is proposed suits this shop: its currency, the browser's own zone, Monday.
  assert.equal(await page.getByLabel("Currency").inputValue(), "EUR");
  assert.equal(await page.getByLabel("Time zone of the shop's days").inputValue(), "Europe/Berlin");
  assert.equal(await page.getByLabel("Weeks begin on").inputValue(), "monday");
  await press("Go on");
  await press("Copy");
  const snippet = await page.evaluate(() => navigator.clipboard.readText());
  const shop = await startShop(snippet.split("<!-- the page after buying -->")[0]);
  t.after(() => shop.stop());
  const visitor = await open(world);
  await visitor.goto(shop.url);
  await page.locator(".waiting-event.arrived").waitFor();
  const seconds = (performance.now() - began) / 1000;
  assert.match(await page.locator(".waiting-event").textContent(), /Page view has arrived/);
  await press("To the dashboard");
  await settled(page);
  assert.equal(await page.locator("h1").textContent(), "Overview");
  console.log(`first run: ${done.clicks} clicks, ${done.fields} fields, ${seconds.toFixed(1)} s`);
  assert.deepEqual(done, { clicks: 4, fields: 4 });
  assert.deepEqual([page.problems, visitor.problems], [[], []]);
});

test("no step of the first run is a dead end", { timeout: 180_000 }, async (t) => {
  const { world, page, link } = await begin(t, { timezoneId: "Europe/Berlin" });
  const { press, fill } = hands(page);
  const step = (name) => page.locator(".steps-list [aria-current]", { hasText: name }).waitFor();
  await page.goto(link);
  await step("Account");
  // The link can be loaded again until it has made the account, and a bad password says so.
  await page.reload();
  await fill("Name", "Ada");
  await fill("E-mail", "ada@shop.example");
  await fill(/^Password/, "password1234");
  await press("Go on");
  await page.getByRole("alert").waitFor();
  await fill(/^Password/, PASSWORD);
  await press("Go on");
  await step("Shop");
  await page.reload();
  await step("Shop");
  await page.goBack();
  await page.getByText("you are signed in as ada@shop.example").waitFor();
  await press("Go on");
  await step("Shop");
  // Who comes back later by the plain address goes on where it stopped.
  await page.goto(`${world.base}/`);
  await step("Shop");
  await fill("The shop's host", "shop.example");
  await press("Go on");
  await step("Snippet");
  await page.reload();
  await page.getByText("Waiting for the first event").waitFor();
  // The shop was told wrongly: going back changes it rather than making a second.
  await page.getByRole("link", { name: "Shop", exact: true }).click();
  await step("Shop");
  assert.equal(await page.getByLabel("The shop's host").inputValue(), "shop.example");
  await fill(/^Currency/, "USD");
  await fill("Time zone of the shop's days", "America/New_York");
  await page.getByLabel("Weeks begin on").selectOption("sunday");
  await press("Go on");
  await step("Snippet");
  const { sites } = await page.evaluate(() => fetch("/api/v1/sites").then((answer) => answer.json()));
  assert.deepEqual(sites.map((site) => [site.domain, site.currency, site.timezone]), [["shop.example", "USD", "America/New_York"]]);
  // The used link leads on for whoever is signed in, and to the sign-in for everybody else.
  await page.goto(link);
  await page.reload();
  await step("Snippet");
  const other = await open(world);
  await other.goto(link);
  await other.getByText("There is an account already").waitFor();
  await other.getByRole("link", { name: "Sign in" }).click();
  await other.getByRole("heading", { name: "Sign in" }).waitFor();
  await press("To the dashboard");
  await settled(page);
  assert.equal(await page.locator("h1").textContent(), "Overview");
  // But for the password that was too easy to guess.
  assert.deepEqual([...page.problems, ...other.problems].filter((problem) => !problem.includes('"account.invalid"')), []);
});
