// A tracker may send anything. Every field that one can send carries code that would tell if it ran; then every screen is
// visited. Nothing runs, and nothing of it becomes an element or an address.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, test } from "node:test";
import { open, screens, startTallyho, visit, withBrowser } from "./harness.mjs";

const PAYLOADS = [
  `"'></title></textarea></script><script>window.pwned('script')</script><img src=x onerror=window.pwned('img')>`,
  `jaVasCript:/*-/*\`/*\\\`/*'/*"/**/(/* */oNcliCk=window.pwned('click') )//%0D%0A//</stYle/</titLe/--!>\\x3csVg/<sVg/oNloAd=window.pwned('svg')//>\\x3e`,
  `<iframe srcdoc="<script>parent.pwned('frame')</script>"></iframe><a href="javascript:window.pwned('link')">x</a>`,
];

let world;

before(async () => {
  const server = await startTallyho("serve");
  const cli = (...args) => JSON.parse(execFileSync(process.env.TALLYHO_BINARY, [...args, "--data-dir", server.data], { encoding: "utf8" }));
  const site = cli("site", "add", "--domain", "shop.example", "--currency", "EUR", "--timezone", "UTC");
  const ingest = cli("token", "add", "--site", String(site.id), "--scope", "ingest").token;
  const admin = cli("token", "add", "--scope", "admin", "--label", PAYLOADS[0]).token;
  await send(server.base, "/v1/events", { site: site.id, events: PAYLOADS.flatMap(events) }, ingest);
  for (const { id, ...event } of PAYLOADS.flatMap(events)) {
    const own = event.transaction_id ? { transaction_id: `${event.transaction_id}b` } : {};
    await send(server.base, "/v1/collect", { site: site.id, events: [{ ...event, ...own }] });
  }
  const change = (method, path, body) => fetch(server.base + path, { method, headers: { authorization: `Bearer ${admin}` }, body: JSON.stringify(body) });
  for (const payload of PAYLOADS) await change("POST", `/api/v1/sites/${site.id}/goals`, { name: payload, attribute: "url", pattern: payload });
  await fetch(`${server.base}/api/v1/status?wait=1`);
  world = await withBrowser(server, admin);
});
after(() => world?.stop());

async function send(base, path, body, token) {
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  const answer = await fetch(base + path, { method: "POST", headers, body: JSON.stringify(body) });
  assert.equal(answer.status, 200, await answer.text());
}

/** Returns events that carry `bad` in every field. */
function events(bad, number) {
  const item = { item_id: bad, item_name: bad, item_brand: bad, item_variant: bad, item_category: bad, item_category2: bad, coupon: bad, item_list_name: bad, promotion_name: bad, price: "9.90", quantity: 1, colour: bad };
  const page = { url: `https://shop.example/${bad}?utm_source=${encodeURIComponent(bad)}&utm_medium=${encodeURIComponent(bad)}&utm_campaign=${encodeURIComponent(bad)}&utm_term=${encodeURIComponent(bad)}&utm_content=${encodeURIComponent(bad)}`, title: bad, referrer: `https://elsewhere.example/${bad}` };
  const common = { visitor_id: `v-${number}-${bad}`, user_id: bad, email: bad, language: bad, screen: bad, properties: { [bad]: bad, other: bad }, page };
  const order = { transaction_id: `${number}${bad}`, value: "9.90", currency: "EUR", coupon: bad, payment_method: bad, shipping_method: bad, sales_channel: bad, reason: bad, items: [item] };
  const list = [
    { name: "page_view" },
    { name: "page_view", page: { url: bad, referrer: bad, title: bad } },
    { name: "view_item", items: [item] },
    { name: "search", search_term: bad },
    { name: bad },
    { name: "add_to_cart", cart_id: bad, items: [item] },
    { name: "cart_update", cart_id: `open${bad}`, recovery_url: `javascript:window.pwned('cart')//${bad}`, coupon: bad, value: "9.90", currency: "EUR", items: [item] },
    { name: "purchase", ...order },
    { name: "refund", transaction_id: `${number}${bad}`, refund_id: bad, amount: "1.00", reason: bad },
    // These are not understood, and are shown in the quarantine.
    { name: "purchase", ...order, value: bad },
    { name: "purchase", transaction_id: bad, currency: bad },
  ];
  return list.map((event) => ({ ...common, id: crypto.randomUUID(), ...event }));
}

test("nothing that a tracker sent runs on any screen", { timeout: 600_000 }, async () => {
  const page = await open(world);
  const ran = [];
  await page.exposeFunction("pwned", (what) => void ran.push(what));
  page.on("dialog", (dialog) => (ran.push(`dialog ${dialog.message()}`), dialog.dismiss()));
  let seen = 0;
  const { orders } = await (await fetch(`${world.base}/api/v1/sites/1/orders?limit=50`)).json();
  assert.ok(orders.length >= 3, "the orders were taken in");
  const paths = [...(await screens(world)), ...orders.map((order) => `/orders/${encodeURIComponent(order.order_id)}`)];
  for (const dimension of ["search_term", "event", "page_title", "coupon", "brand", "variant", "payment_method", "referrer", "content", "item_property:colour", "property:other"]) {
    paths.push(`/explore?metrics=${dimension === "event" || dimension.startsWith("property") ? "events" : dimension === "search_term" ? "searches" : dimension === "page_title" ? "page_views" : dimension === "content" || dimension === "referrer" ? "visits" : "orders"}&dimensions=${dimension}`);
  }
  paths.push(`/?filter=${encodeURIComponent(`campaign==${PAYLOADS[0].replace(/[\\;,]/g, "\\$&")}`)}`, `/glossary?q=${encodeURIComponent(PAYLOADS[0])}`, `/${encodeURIComponent(PAYLOADS[0])}`);
  for (const path of paths) {
    await visit(world, page, `${path}${path.includes("?") ? "&" : "?"}period=90d`);
    for (const summary of await page.locator("summary").all()) await summary.click();
    for (const details of await page.getByRole("button", { name: "Details" }).all()) await details.click({ timeout: 2000 }).catch(() => {});
    const found = await page.evaluate(() => ({
      shows: document.body.textContent.includes("pwned("),
      elements: [...document.querySelectorAll("iframe, [onerror], [onload], [onclick], img, script:not([src])")].map((element) => element.outerHTML.slice(0, 120)),
      links: [...document.querySelectorAll("a[href], form[action]")].map((link) => link.getAttribute("href") ?? link.action).filter((href) => !/^(\/|https?:|#)/.test(href)),
      unsafe: [...document.querySelectorAll("a[target=_blank]")].filter((link) => !/noopener/.test(link.rel)).length,
    }));
    if (found.shows) seen++;
    assert.deepEqual({ elements: found.elements, links: found.links, unsafe: found.unsafe }, { elements: [], links: [], unsafe: 0 }, path);
  }
  assert.deepEqual(ran, []);
  // Controls: the payloads were really on the screens, and would have told.
  assert.ok(seen >= 15, `only ${seen} screens showed what was sent`);
  await page.evaluate(() => window.pwned("control"));
  assert.deepEqual(ran, ["control"]);
  const policy = page.problems.filter((problem) => problem.startsWith("policy") || problem.startsWith("fault"));
  assert.deepEqual(policy, []);
  await page.context().close();
});
