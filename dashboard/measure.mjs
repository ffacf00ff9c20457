// How the overview opens on a large shop: time until every panel shows figures, how long a press waits for its paint, what
// moves, what it costs the server and the browser, and how much is asked. Called by scripts/measure-dashboard.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";
import { startDev } from "./dev.mjs";

const binary = process.env.TALLYHO_BINARY;
/** Longest that one screen, and the store's catching up, are waited for. */
const SCREEN_MAX_MS = 120_000;
const CATCH_UP_MAX_MS = 3_600_000;
/** How long a screen must stand still to count as complete. */
const STILL_MS = 400;
/** What is aimed at. */
const AIMS_S = { 30: 1, 365: 2.5 };
const PRESS_AIM_MS = 100;
const TICKS_PER_S = 100;

function options() {
  const [data, ...rest] = process.argv.slice(2);
  const named = (name, otherwise) => (rest.includes(`--${name}`) ? rest[rest.indexOf(`--${name}`) + 1] : otherwise);
  const found = {
    data,
    days: named("days", "30,365").split(",").map(Number),
    runs: Number(named("runs", "3")),
    site: named("site", "1"),
    json: named("json", ""),
  };
  if (!data || !existsSync(data) || found.days.some((n) => ![7, 30, 90, 365].includes(n)) || !(found.runs >= 1)) {
    console.error("usage: scripts/measure-dashboard DATA_DIR [--days 30,365 (of 7, 30, 90, 365)] [--runs 3] [--site 1] [--json FILE]");
    process.exit(2);
  }
  return found;
}

const cli = (...args) => execFileSync(binary, args, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });

/** Starts the server on the data and waits until its store has caught up with its journal. */
async function startServer(data) {
  const child = spawn(binary, ["serve", "--data-dir", data, "--listen", "127.0.0.1:0"], { stdio: ["ignore", "pipe", "pipe"] });
  child.stderr.resume();
  const base = await new Promise((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`the server ended with ${code}; does another one run on ${data}?`)));
    createInterface({ input: child.stdout }).on("line", (line) => {
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(line);
      if (found) resolve(found[0]);
    });
  });
  const stop = () => new Promise((resolve) => (child.exitCode === null ? (child.once("exit", resolve), child.kill("SIGTERM")) : resolve()));
  return { base, pid: child.pid, stop };
}

async function catchUp(base) {
  const until = Date.now() + CATCH_UP_MAX_MS;
  for (let told = 0; Date.now() < until; ) {
    const status = await (await fetch(`${base}/api/v1/status`)).json();
    if (status.applied_position >= status.accepted_position) return;
    if (Date.now() - told > 10_000) {
      console.error(`the store catches up: ${status.applied_position} of ${status.accepted_position}`);
      told = Date.now();
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error("the store did not catch up within an hour");
}

/** Seconds of processor time that a process, what it started and what that left behind have used. */
function cpu(root) {
  const stats = new Map();
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /s, "").split(" ");
      stats.set(Number(pid), { parent: Number(fields[1]), ticks: fields.slice(11, 15).reduce((sum, n) => sum + Number(n), 0) });
    } catch {
      // It has ended meanwhile.
    }
  }
  const isBelow = (pid) => pid === root || (stats.has(pid) && isBelow(stats.get(pid).parent));
  return [...stats].reduce((sum, [pid, { ticks }]) => (isBelow(pid) ? sum + ticks : sum), 0) / TICKS_PER_S;
}

/** Runs in the page before anything else: notes when the screen is complete, what moves, and how long presses wait. */
function watch() {
  window.seen = { complete: null, shift: 0, moved: [], presses: [] };
  const look = () => {
    const figures = document.querySelectorAll(".panel .figure").length;
    const stands = document.querySelector("h1") && figures > 0 && !document.querySelector(".waiting, [aria-busy='true']");
    if (!stands) window.seen.complete = null;
    else window.seen.complete ??= performance.now();
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
  // After a press the screen has to prove anew that it stands.
  addEventListener("click", () => (window.seen.complete = null), true);
  const observe = (type, note, more = {}) => new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({ type, buffered: true, ...more });
  const name = (node) => (node?.closest ? `${node.tagName.toLowerCase()}.${node.className?.baseVal ?? node.className}` : String(node?.nodeName));
  observe("layout-shift", (entry) => {
    if (entry.hadRecentInput) return;
    window.seen.shift += entry.value;
    window.seen.moved.push(...entry.sources.map((source) => `${name(source.node)} ${Math.round(source.previousRect.y)}>${Math.round(source.currentRect.y)}`));
  });
  observe("event", (entry) => entry.name === "click" && window.seen.presses.push(entry.duration), { durationThreshold: 16 });
}

/** Waits until the screen stands complete and still; returns when that was, null where it took too long. */
async function complete(page) {
  const stands = (still) => window.seen.complete !== null && performance.now() - window.seen.complete > still;
  try {
    await page.waitForFunction(stands, STILL_MS, { timeout: SCREEN_MAX_MS, polling: 50 });
    return await page.evaluate(() => window.seen.complete);
  } catch {
    return null;
  }
}

const answers = (page, since = 0) =>
  page.evaluate((since) => {
    const asked = performance.getEntriesByType("resource").filter((one) => one.startTime >= since && new URL(one.name).pathname.startsWith("/api/"));
    const slowest = [...asked].sort((a, b) => b.duration - a.duration).slice(0, 5);
    return {
      requests: asked.length,
      bytes: asked.reduce((sum, one) => sum + one.encodedBodySize, 0),
      plain: asked.reduce((sum, one) => sum + one.decodedBodySize, 0),
      slowest: slowest.map((one) => `${Math.round(one.duration)} ms ${new URL(one.name).pathname.split("/").pop()}${new URL(one.name).search.slice(0, 90)}`),
    };
  }, since);

/** Opens the overview once, in a browser that has seen nothing of it, and presses a card and a row. */
async function once({ base, browser, pids, token, site, days }) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "en-GB", extraHTTPHeaders: { authorization: `Bearer ${token}` } });
  try {
    const page = await context.newPage();
    await page.addInitScript(watch);
    const before = { server: cpu(pids.server), browser: cpu(pids.browser) };
    await page.goto(`${base}/?site=${site}&period=${days}d`, { timeout: SCREEN_MAX_MS });
    const done = await complete(page);
    const used = { server: cpu(pids.server) - before.server, browser: cpu(pids.browser) - before.browser };
    const loaded = { ...(await answers(page)), ...(await page.evaluate(() => ({ shift: window.seen.shift, moved: window.seen.moved, failed: [...document.querySelectorAll(".error .error-title")].map((one) => one.textContent) }))) };
    const presses = {};
    if (done !== null) {
      presses.card = await press(page, ".cards a.card-name >> nth=1");
      presses.row = await press(page, "#channels tbody button.cell-text >> nth=0");
    }
    return { complete: done, used, ...loaded, presses };
  } finally {
    await context.close();
  }
}

/** Presses something; returns the milliseconds until the next paint and until all figures stand again. */
async function press(page, target) {
  const button = page.locator(target);
  if ((await button.count()) === 0) return null;
  await button.scrollIntoViewIfNeeded();
  await page.waitForTimeout(200);
  const began = await page.evaluate(() => ((window.seen.presses = []), performance.now()));
  await button.click();
  const done = await complete(page);
  const painted = await page.evaluate(() => window.seen.presses[0] ?? 16);
  return { painted, figures: done === null ? null : Math.max(0, done - began) };
}

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor((list.length - 1) / 2)];
const seconds = (ms) => (ms === null ? `not all within ${SCREEN_MAX_MS / 1000} s` : `${(ms / 1000).toFixed(2)} s`);

function tell(days, runs) {
  const worst = (pick) => Math.max(...runs.map(pick));
  // A panel that says what went wrong is no panel with figures.
  const known = runs.filter((run) => run.complete !== null && run.failed.length === 0).map((run) => run.complete);
  const first = runs[0].failed.length === 0 ? runs[0].complete : null;
  const aim = AIMS_S[days] ? ` (aim ${AIMS_S[days]} s)` : "";
  console.log(`\n${days} days, ${runs.length} runs`);
  console.log(`  all panels show figures   first ${seconds(first)}, median ${seconds(known.length === runs.length ? median(known) : null)}${aim}`);
  for (const [name, what] of [["card", "a key figure"], ["row", "a row, which filters"]]) {
    const pressed = runs.map((run) => run.presses[name]).filter(Boolean);
    if (pressed.length === 0) continue;
    const figures = pressed.map((one) => one.figures);
    const all = figures.includes(null) ? seconds(null) : seconds(median(figures));
    console.log(`  press on ${what.padEnd(22)} ${median(pressed.map((one) => one.painted))} ms to the paint, at most ${Math.max(...pressed.map((one) => one.painted))} ms (aim ${PRESS_AIM_MS} ms); figures after ${all}`);
  }
  console.log(`  layout shift              ${worst((run) => run.shift).toFixed(4)} at most (aim 0)`);
  console.log(`  server CPU                first ${runs[0].used.server.toFixed(2)} s, median ${median(runs.map((run) => run.used.server)).toFixed(2)} s`);
  console.log(`  browser CPU               first ${runs[0].used.browser.toFixed(2)} s, median ${median(runs.map((run) => run.used.browser)).toFixed(2)} s`);
  console.log(`  answers                   ${runs[0].requests}, ${(runs[0].bytes / 1000).toFixed(0)} KB sent, ${(runs[0].plain / 1000).toFixed(0)} KB of JSON`);
  console.log(`  slowest of the first run  ${runs[0].slowest.join("\n                            ")}`);
  const failed = [...new Set(runs.flatMap((run) => run.failed))];
  if (failed.length) console.log(`  PANELS WITHOUT FIGURES    ${failed.join("\n                            ")}`);
  const moved = [...new Set(runs.flatMap((run) => run.moved))].slice(0, 8);
  if (moved.length) console.log(`  what moved                ${moved.join("\n                            ")}`);
}

const asked = options();
const { token } = JSON.parse(cli("token", "add", "--data-dir", asked.data, "--site", asked.site, "--scope", "read", "--label", "measure-dashboard"));
const stops = [];
try {
  const server = await startServer(asked.data);
  stops.push(server.stop);
  await catchUp(server.base);
  let { base } = server;
  if (!(await (await fetch(base, { headers: { accept: "text/html" } })).text()).includes("/assets/")) {
    console.error("this program holds no dashboard: dashboard/dist is shown through a proxy, which costs some milliseconds an answer");
    const dev = await startDev({ api: base });
    stops.push(dev.stop);
    base = dev.base;
  }
  const launched = await chromium.launchServer({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] });
  stops.push(() => launched.close());
  const browser = await chromium.connect(launched.wsEndpoint());
  const pids = { server: server.pid, browser: launched.process().pid };
  const results = {};
  for (const days of asked.days) {
    results[days] = [];
    for (let run = 0; run < asked.runs; run++) results[days].push(await once({ base, browser, pids, token, site: asked.site, days }));
    tell(days, results[days]);
  }
  if (asked.json) writeFileSync(asked.json, JSON.stringify(results, null, 2));
} finally {
  for (const stop of stops.reverse()) await stop();
  cli("token", "revoke", "--data-dir", asked.data, token.slice(4, 14));
}
