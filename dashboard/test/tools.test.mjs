// What somebody works with who may change things: segments side by side, what is more than chance, lists uploaded, events
// defined, columns chosen, the map. The shop is small and known: telephones buy more often than desks do.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, test } from "node:test";
import { open, settled, startTallyho, visit, withBrowser } from "./harness.mjs";

const AGENTS = {
  mobile: "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
  desktop: "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
};
const VISITS = 60;
const BUYERS = { mobile: 30, desktop: 8 };

let world, page;

before(async () => {
  const server = await startTallyho("serve");
  const cli = (...args) => JSON.parse(execFileSync(process.env.TALLYHO_BINARY, [...args, "--data-dir", server.data], { encoding: "utf8" }));
  const site = cli("site", "add", "--domain", "shop.example", "--currency", "EUR", "--timezone", "UTC");
  const ingest = cli("token", "add", "--site", String(site.id), "--scope", "ingest").token;
  const admin = cli("token", "add", "--scope", "admin").token;
  const settings = await fetch(`${server.base}/api/v1/sites/${site.id}/settings`, { method: "PUT", headers: { authorization: `Bearer ${admin}` }, body: JSON.stringify({ country_from_language: true }) });
  assert.equal(settings.status, 200);
  const events = Object.keys(AGENTS).flatMap((device) => Array.from({ length: VISITS }, (_, n) => visitOf(device, n)).flat());
  for (let at = 0; at < events.length; at += 50) {
    const body = JSON.stringify({ site: site.id, events: events.slice(at, at + 50) });
    const answer = await fetch(`${server.base}/v1/events`, { method: "POST", headers: { authorization: `Bearer ${ingest}` }, body });
    assert.equal(answer.status, 200, await answer.clone().text());
  }
  await fetch(`${server.base}/api/v1/status?wait=1`);
  world = await withBrowser(server, admin);
  page = await open(world);
});
after(() => world?.stop());

/** Returns the events of one visit. */
function visitOf(device, n) {
  const common = { visitor_id: `${device}-${n}`, user_agent: AGENTS[device], language: n % 3 ? "de-DE" : "de-CH" };
  const view = { ...common, id: crypto.randomUUID(), name: "page_view", page: { url: `https://shop.example/${n % 2 ? "p/blue-shirt" : ""}`, title: "Shop" } };
  if (n >= BUYERS[device]) return [view];
  const item = { item_id: "SKU-1", item_name: "Blue shirt", price: "20.00", quantity: 1 };
  return [view, { ...common, id: crypto.randomUUID(), name: "purchase", transaction_id: `${device}-${n}`, value: "20.00", currency: "EUR", items: [item] }];
}

const press = (name) => page.getByRole("button", { name, exact: true }).click();

/** Saves a segment as its page does. */
async function saveSegment(name, conditions) {
  await visit(world, page, "/segments");
  await page.getByLabel("A group of").selectOption("rows");
  await page.getByLabel("Conditions").fill(conditions);
  await page.locator("form dl.tally-figures").waitFor();
  const visits = await page.locator("form dl.tally-figures div", { hasText: "Visits" }).locator("dd").textContent();
  await page.getByRole("textbox", { name: "Name" }).fill(name);
  await press("Save");
  await page.getByRole("link", { name, exact: true }).waitFor();
  return visits;
}

test("a segment is counted while it is written, kept, and chosen as a filter", { timeout: 180_000 }, async () => {
  assert.equal(await saveSegment("phones", "device = mobile"), String(VISITS));
  assert.equal(await saveSegment("desks", "device = desktop"), String(VISITS));
  await page.getByLabel("Conditions").fill("device ~ mobile");
  await page.locator("form .error").waitFor();
  await page.getByRole("link", { name: "phones", exact: true }).click();
  await settled(page);
  assert.match(await page.locator(".chips").textContent(), /phones/);
  assert.equal(await page.locator(".card", { hasText: "Orders" }).first().locator(".figure").evaluate((figure) => figure.dataset.value), String(BUYERS.mobile));
});

test("segments stand side by side, with what is more than chance", { timeout: 180_000 }, async () => {
  await visit(world, page, "/segments");
  await page.getByLabel("Compare phones").check();
  await page.getByLabel("Compare desks").check();
  await settled(page);
  const orders = page.locator("#compared tbody tr", { hasText: "Orders" }).first().locator("td");
  await page.waitForFunction(() => document.querySelectorAll("#compared thead th").length === 4);
  assert.deepEqual(await orders.allTextContents(), ["38", String(BUYERS.desktop), String(BUYERS.mobile)]);
  const chance = page.locator(".chance", { hasText: "Conversion rate" });
  await chance.waitFor();
  assert.equal(await chance.getAttribute("data-verdict"), "significant");
  assert.match(await chance.textContent(), /50\.00%.*\(30 of 60\)|13\.33%.*\(8 of 60\)/);
  // The address keeps it, and Explore takes it over.
  await page.reload();
  await settled(page);
  await page.locator("#compared").getByRole("link", { name: "Explore" }).click();
  await settled(page);
  assert.match(await page.locator("table thead").first().textContent(), /Orders · phones/);
  assert.match(await page.locator(".chance").first().textContent(), /larger than chance/);
});

test("a key figure says whether its change is more than chance", { timeout: 180_000 }, async () => {
  await visit(world, page, "/");
  await page.locator(".card", { hasText: "Conversion rate" }).locator(".figure").click();
  await page.locator("dialog .chance").waitFor();
  assert.match(await page.locator("dialog .chance").textContent(), /Too few to say/);
  await page.keyboard.press("Escape");
});

test("costs and rates are uploaded, and each bad line is told", { timeout: 180_000 }, async () => {
  await visit(world, page, "/settings/costs");
  const products = page.locator("#product-costs");
  const list = { name: "costs.csv", mimeType: "text/csv", buffer: Buffer.from("sku,unit_cost\nSKU-1,12.50\nSKU-2,cheap\n,3\n") };
  await products.locator("input[type=file]").setInputFiles(list);
  await products.getByText("2 could not be read:").waitFor();
  assert.match(await products.locator("[role=status]").textContent(), /1 line was taken.*line 3.*cheap.*line 4/is);
  await products.getByRole("rowheader", { name: "SKU-1" }).waitFor();
  const ads = page.locator("#ad-costs");
  await ads.getByLabel("Or paste it here").fill("date,source,medium,cost\n2026-11-01,google,cpc,120.50\n2026-13-01,google,cpc,1");
  await ads.getByRole("button", { name: "Upload" }).click();
  await ads.getByText("1 could not be read:").waitFor();
  await ads.getByRole("row", { name: /google · cpc.*€120\.50/ }).waitFor();
  await ads.getByLabel("Or paste it here").fill("what,is,this\n1,2,3");
  await ads.getByRole("button", { name: "Upload" }).click();
  await ads.getByRole("alert").waitFor();
  await visit(world, page, "/settings/rates");
  await page.getByLabel("Or paste it here").fill("date;currency;rate\n2026-11-02;USD;0,9120\n2026-02-30;USD;1\n2026-11-02;XX;1\n2026-11-02;GBP;zero");
  await page.getByRole("button", { name: "Upload" }).click();
  await page.getByText("3 could not be read:").waitFor();
  assert.match(await page.locator(".upload [role=status]").textContent(), /line 3.*2026-02-30.*line 4.*XX.*line 5.*zero/is);
  await page.getByRole("cell", { name: "0.912", exact: true }).waitFor();
});

test("an event is defined while its matches are counted, stands in reports, and goes again", { timeout: 180_000 }, async () => {
  await visit(world, page, "/settings/events");
  await page.getByLabel("Name", { exact: true }).fill("Looked at a shirt");
  await page.getByLabel("Rule").fill('event = page_view and page contains "/p/"');
  await page.locator(".live-match .figure").waitFor();
  assert.equal(await page.locator(".live-match .figure").textContent(), String(VISITS));
  await page.getByLabel("Rule").fill("event ~ page_view");
  await page.locator(".live-match .error").waitFor();
  await page.getByLabel("Rule").fill('event = page_view and page contains "/p/"');
  await press("Define");
  const row = page.getByRole("row", { name: /Looked at a shirt/ });
  await row.locator(".figure").waitFor();
  assert.equal(await row.locator(".figure").textContent(), String(VISITS));
  await visit(world, page, "/explore?metrics=events&dimensions=event");
  await page.getByRole("button", { name: "Looked at a shirt" }).waitFor();
  await visit(world, page, "/settings/events");
  await page.getByRole("button", { name: /^Delete/ }).click();
  await press("Really delete");
  await page.getByText("No event is defined").waitFor();
});

test("columns of a list are chosen and stand in the address", { timeout: 180_000 }, async () => {
  await visit(world, page, "/orders");
  const heads = () => page.locator("table", { has: page.locator("caption", { hasText: "Orders" }) }).first().locator("thead th").allTextContents();
  assert.ok(!(await heads()).includes("Customer") && (await heads()).includes("Channel"));
  await press("Columns");
  await page.getByLabel("Customer", { exact: true }).check();
  await page.locator(".popover:popover-open").getByLabel("Channel", { exact: true }).uncheck();
  await page.keyboard.press("Escape");
  await page.reload();
  await settled(page);
  assert.ok((await heads()).includes("Customer") && !(await heads()).includes("Channel"), String(await heads()));
  await press("Columns");
  await press("The usual ones");
  assert.ok(!page.url().includes("columns"));
});

test("countries are a map, which filters, and a table for whoever cannot see it", { timeout: 180_000 }, async () => {
  await visit(world, page, "/acquisition?split=country");
  const tile = page.locator("[data-country=CH]");
  await tile.waitFor();
  assert.match(await tile.locator("title").textContent(), /Switzerland: €/);
  assert.match(await page.locator("svg.world").getAttribute("aria-label"), /same figures are in the table/);
  // Every country that the browser knows and people live in has its tile.
  const codes = await page.locator("[data-country]").evaluateAll((tiles) => tiles.map((one) => one.dataset.country));
  assert.equal(new Set(codes).size, codes.length);
  assert.ok(codes.length > 195 && ["DE", "US", "JP", "NG", "XK", "NZ"].every((code) => codes.includes(code)));
  await page.locator("#world").getByRole("button", { name: "View as table" }).press("Enter");
  assert.match(await page.locator("#world table").textContent(), /Germany.*Switzerland/);
  await page.locator("#world").getByRole("button", { name: "View as chart" }).click();
  await tile.click();
  await page.waitForURL(/filter=country/);
});

test("nothing went wrong meanwhile", () => {
  // But for what was written wrongly on purpose.
  const wrong = page.problems.filter((problem) => !/query\.bad_filter|list\.unreadable/.test(problem));
  assert.deepEqual(wrong, []);
});
