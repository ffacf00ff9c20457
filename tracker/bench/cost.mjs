// What a tracker costs a page, ours beside others', in one run on this machine: bytes, time to read and run the script,
// requests of a page view. `make bench-tracker` prints the table of docs/tracker.md.
//
// Every script is loaded N times by a fresh page of a fresh context in Chromium from loopback, in turns, and makes one page
// view to a server that takes everything. Times are those of Chromium's own trace: reading and running the script, the lines
// in the page that call it, and what it calls later, until the page is left.
import { createServer } from "node:http";
import { readFileSync, readdirSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { chromium } from "playwright-core";

const ROUNDS = Number(process.env.ROUNDS || 9);
/** How long a page may take to send what it sends; long enough for clients that gather events first. */
const QUIET_MS = 1500;

const folder = (name) => new URL(`node_modules/${name}`, import.meta.url).pathname;
const version = (name) => JSON.parse(readFileSync(join(folder(name), "package.json"), "utf8")).version;
const dist = (name) => readFileSync(new URL(`../dist/${name}.js`, import.meta.url), "utf8");

const segment = join(folder("@segment/analytics-next"), "dist/umd");
const segmentParts = Object.fromEntries(readdirSync(segment).filter((file) => file.endsWith(".js")).map((file) => [`/${file}`, readFileSync(join(segment, file), "utf8")]));
const settings = JSON.stringify({ integrations: { "Segment.io": { apiKey: "K", apiHost: "HOST/v1", protocol: "http", unbundledIntegrations: [] } }, plan: {}, edgeFunction: {} });

/** Each with its files and the page's own lines. */
const TRACKERS = {
  "tallyho, all of ecommerce": {
    files: { "/s/word.js": dist("tallyho") },
    html: `<script async src="/s/word.js" data-site="K"></script>`,
  },
  [`ahoy.js ${version("ahoy.js")}`]: {
    files: { "/ahoy.js": readFileSync(join(folder("ahoy.js"), "dist/ahoy.min.js"), "utf8") },
    html: `<script src="/ahoy.js"></script><script>ahoy.configure({ trackVisits: true }); ahoy.trackView();</script>`,
  },
  [`snowplow ${version("@snowplow/browser-tracker")}`]: {
    files: { "/sp.js": readFileSync(join(folder("@snowplow/browser-tracker"), "dist/index.umd.min.js"), "utf8") },
    html: `<script src="/sp.js"></script><script>snowplowBrowserTracking.newTracker("sp", location.origin, { appId: "K" }); snowplowBrowserTracking.trackPageView();</script>`,
  },
  [`segment analytics-next ${version("@segment/analytics-next")}`]: {
    files: { ...segmentParts, "/v1/projects/K/settings": settings },
    html: `<script>window.analytics = []; analytics._writeKey = "K"; analytics._cdn = location.origin; analytics.push(["page"]);</script><script async src="/standalone.js"></script>`,
  },
};

/** Serves a tracker and takes whatever it sends; `seen` counts its requests and bytes. */
async function serve({ files, html }) {
  const seen = { scripts: 0, bytes: 0, sent: 0 };
  const server = createServer((asked, answer) => {
    const { pathname } = new URL(asked.url, "http://page");
    if (pathname == "/" || pathname == "/favicon.ico") return answer.setHeader("Content-Type", "text/html").end(`<!doctype html><title>Page</title><link rel="icon" href="data:,">${html}`);
    const text = files[pathname];
    if (text == null) {
      asked.resume();
      seen.sent++;
      return answer.setHeader("Content-Type", "application/json").end('{"accepted":1,"quarantined":[],"success":true}');
    }
    const body = gzipSync(text.replace("HOST", asked.headers.host), { level: 9 });
    seen.scripts++;
    seen.bytes += body.length;
    const type = pathname.endsWith(".js") ? "text/javascript" : "application/json";
    answer.writeHead(200, { "Content-Type": type, "Content-Encoding": "gzip", "Content-Length": body.length }).end(body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { seen, base: `http://127.0.0.1:${server.address().port}`, stop: () => (server.closeAllConnections(), server.close()) };
}

/** Returns the milliseconds that Chromium's processor spent on scripts of `base`, from the events of a trace: what else the
 * machine does meanwhile is left out. */
function spent(trace, base) {
  const scripts = ["v8.compile", "EvaluateScript", "FunctionCall", "v8.parseOnBackground"];
  const own = trace.filter((event) => event.ph == "X" && scripts.includes(event.name) && String(event.args?.data?.url ?? event.args?.fileName).startsWith(base));
  // A compilation within an evaluation is counted once.
  const outer = own.filter((event) => !own.some((o) => o != event && o.tid == event.tid && o.pid == event.pid && o.ts <= event.ts && o.ts + o.dur >= event.ts + event.dur && o.dur > event.dur));
  return outer.reduce((sum, event) => sum + (event.tdur ?? event.dur), 0) / 1000;
}

async function load(browser, tracker) {
  const shop = await serve(tracker);
  const context = await browser.newContext();
  const page = await context.newPage();
  const tools = await browser.newBrowserCDPSession();
  const trace = [];
  tools.on("Tracing.dataCollected", ({ value }) => trace.push(...value));
  await tools.send("Tracing.start", { transferMode: "ReportEvents", traceConfig: { includedCategories: ["v8", "devtools.timeline", "disabled-by-default-v8.compile"] } });
  await page.goto(shop.base);
  await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
  const done = new Promise((resolve) => tools.once("Tracing.tracingComplete", resolve));
  await tools.send("Tracing.end");
  await done;
  await context.close();
  await tools.detach();
  shop.stop();
  if (!shop.seen.sent) throw new Error(`no page view: ${tracker.html}`);
  return { ...shop.seen, ms: spent(trace, shop.base) };
}

const median = (numbers) => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || "/usr/bin/chromium", args: ["--no-sandbox"] });
const runs = Object.fromEntries(Object.keys(TRACKERS).map((name) => [name, []]));
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, tracker] of Object.entries(TRACKERS)) runs[name].push(await load(browser, tracker));
}

console.log(`${cpus().length} x ${cpus()[0].model}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release().split("-")[0]}, Chromium ${browser.version()}, median of ${ROUNDS} loads\n`);
console.log("| tracker | bytes, gzip | parse and run | files | requests of a page view and its end |");
console.log("|---|---:|---:|---:|---:|");
for (const [name, loads] of Object.entries(runs)) {
  const of = (field) => median(loads.map((load) => load[field]));
  const number = (value) => value.toLocaleString("en-US");
  console.log(`| ${name} | ${number(of("bytes"))} | ${of("ms").toFixed(1)} ms | ${of("scripts")} | ${of("sent")} |`);
}
await browser.close();
