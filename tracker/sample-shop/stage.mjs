// What the tests in a browser share: a real server, a gate before it, the shop's pages with the tracker's tag, a real
// Chromium; and how to ask the server what arrived.
import { chromium } from "playwright-core";
import { startServer } from "../../clients/server.mjs";
import { startGate, startShop } from "./serve.mjs";

/** The shop under test; every host of `.example` is this machine to the browser. */
const SHOP = "www.shop.example";
const STATS = "stats.shop.example";

/** What a real Chromium is started with; `options` as Playwright takes them. */
export const launch = (options = {}) => ({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  ...options,
  args: ["--no-sandbox", "--host-resolver-rules=MAP *.example 127.0.0.1", ...(options.args || [])],
});

/** Starts everything. `attributes` stand in the tag. */
export async function startStage({ attributes = "", browser: options } = {}) {
  const server = await startServer();
  const named = (base, host) => base.replace("127.0.0.1", host);
  const gate = await startGate(server.base);
  gate.base = named(gate.base, STATS);
  const snippet = await server.get(`/api/v1/sites/${server.site}/snippet`);
  const path = new URL(`http:${snippet.script}`).pathname;
  const key = /data-site="([^"]+)"/.exec(snippet.html)[1];
  /** Returns the tag of a page whose tracker sends through the gate. */
  const tag = (more = "") => `<script async src="${gate.base}${path}" data-site="${key}" ${more}></script>`;
  /** Starts the shop once more with another tag or policy; on the host of the shop, or on `host`. */
  async function shopWith(tagged, { policy, host = SHOP } = {}) {
    const shop = await startShop(tagged, policy);
    return { ...shop, base: named(shop.base, host) };
  }
  const shop = await shopWith(() => tag(attributes));
  const browser = await chromium.launch(launch(options));

  /** Asks until `found` returns something, and returns it; fails after half a minute with what was seen last. */
  async function until(what, found) {
    const deadline = Date.now() + 30_000;
    for (;;) {
      await server.caughtUp();
      const answer = await found();
      if (answer) return answer;
      if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  const api = (rest) => server.get(`/api/v1/sites/${server.site}/${rest}`);
  const order = (id) => until(`order ${id}`, () => api(`orders/${id}`).catch(() => undefined));
  const orderCount = async (id) => (await api("orders?limit=1000")).orders.filter((row) => row.order_id == id).length;
  /** Returns every event that the server took, newest first, each with what was sent. */
  const events = async () => (await api("live?limit=500")).events;
  /** Returns the events whose page has `part` in its address, of one name if it is given. */
  const eventsAt = async (part, name) =>
    (await events()).filter((event) => (!name || event.name == name) && String(event.sent.url).includes(part));

  /** Returns a page of a new visitor; `errors` collects what it throws. */
  async function visitor(options = {}) {
    const context = await browser.newContext(options);
    return watch(await context.newPage());
  }
  /** Collects what a page throws. */
  function watch(page) {
    page.errors = [];
    page.on("pageerror", (error) => page.errors.push(String(error)));
    return page;
  }
  async function stop() {
    await browser.close();
    await shop.stop();
    await gate.stop();
    await server.stop();
  }
  return { server, gate, shop, browser, path, key, tag, shopWith, until, api, order, orderCount, events, eventsAt, visitor, watch, stop };
}
