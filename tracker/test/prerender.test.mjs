// Prerendered pages. A browser whose pages a tool is attached to does not prerender, so this one has no tool: its pages
// tell their own host how far they are, and are told when to go on.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launch, startStage } from "../sample-shop/stage.mjs";

let stage, shop, base;
/** What the pages said, by their word: `prerendered`, `shown`. */
let said;
const waiting = new Map();

/** Returns what a page says with `word`, once it has. */
const heard = (word) => (said.has(word) ? said.get(word) : new Promise((resolve) => waiting.set(word, resolve)));

const rules = JSON.stringify({ prerender: [{ source: "list", urls: ["/next?mark=next", "/never?mark=never"], eagerness: "immediate" }] });
const PAGES = {
  "/start": () => `<script type="speculationrules">${rules}</script>
    <script>fetch("/go").then(() => (location.href = "/next?mark=next"))</script>`,
  "/next": () => telling("next"),
  "/never": () => telling("never"),
};
/** Tells that the page was loaded without being seen, and once it is seen; then the tracker has long been there. */
const telling = (name) => `<script>
    const tell = (word, more) => fetch("/said?word=" + word + "&more=" + more);
    const ready = () => new Promise((done) => (function look() { window.tallyho?.loaded ? done() : setTimeout(look, 20); })());
    if (document.prerendering) {
      ready().then(() => tell("${name}-prerendered", localStorage.getItem("tly.o")));
      document.addEventListener("prerenderingchange", () => tell("${name}-shown", performance.getEntriesByType("navigation")[0].activationStart));
    } else tell("${name}-loaded", "");
  </script>`;

before(async () => {
  stage = await startStage();
  said = new Map();
  let go;
  const released = new Promise((resolve) => (go = resolve));
  shop = createServer(async (asked, answer) => {
    const url = new URL(asked.url, "http://shop");
    if (url.pathname == "/go") await released;
    if (url.pathname == "/said") {
      const [word, more] = [url.searchParams.get("word"), url.searchParams.get("more")];
      said.set(word, more);
      waiting.get(word)?.(more);
    }
    const page = PAGES[url.pathname];
    answer.setHeader("Content-Type", "text/html");
    answer.end(page ? `<!doctype html><title>Shop</title>${page()}${stage.tag()}` : "");
  });
  shop.go = go;
  await new Promise((resolve) => shop.listen(0, "127.0.0.1", resolve));
  base = `http://www.shop.example:${shop.address().port}`;
});

after(async () => {
  shop?.closeAllConnections();
  shop?.close();
  await stage?.stop();
});

test("a prerendered page tells its view when it is shown, and never if it is not", { timeout: 60_000 }, async (t) => {
  const profile = mkdtempSync(join(tmpdir(), "tallyho-profile-"));
  const { executablePath, args } = launch();
  const browser = spawn(executablePath, [...args, "--headless=new", "--no-first-run", `--user-data-dir=${profile}`, `${base}/start?mark=start`], {
    stdio: "ignore",
    detached: true,
  });
  const ended = new Promise((resolve) => browser.once("exit", resolve));
  t.after(async () => {
    process.kill(-browser.pid, "SIGKILL");
    await ended;
    rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  });
  for (const name of ["next", "never"]) assert.doesNotMatch(await heard(`${name}-prerendered`), /next|never/, "nobody saw it, so nothing waits to be told");
  await stage.until("the first page", async () => (await stage.eventsAt("mark=start", "page_view")).length);
  assert.deepEqual((await stage.events()).map((event) => event.page), ["/start?mark=start"]);
  shop.go();
  assert.ok(Number(await heard("next-shown")) > 0, "the page was shown from its prerendering");
  await stage.until("the shown page", async () => (await stage.eventsAt("mark=next", "page_view")).length);
  const views = (await stage.events()).filter((event) => event.name == "page_view").map((event) => event.page);
  assert.deepEqual(views, ["/next?mark=next", "/start?mark=start"]);
  assert.ok(!said.has("next-loaded") && !said.has("never-loaded"));
  assert.deepEqual(await stage.eventsAt("mark=never"), []);
});
