// Starts the demo shop and the dashboard before it, and opens pages that remember everything that went wrong in them.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { startDev } from "../dev.mjs";

const binary = process.env.TALLYHO_BINARY;
if (!binary) throw new Error("TALLYHO_BINARY must name the binary under test");

export const output = join(dirname(fileURLToPath(import.meta.url)), "output");
mkdirSync(output, { recursive: true });

/** How long anything is waited for; a busy machine may take its time, and what never comes is an error all the same. */
const WAIT_MAX_MS = 60_000;

/** Starts the binary with `args` on a free port and a directory of its own. */
export async function startTallyho(...args) {
  const data = mkdtempSync(join(tmpdir(), "tallyho-dashboard-"));
  const child = spawn(binary, [...args, "--listen", "127.0.0.1:0", "--data-dir", join(data, "d")], { stdio: ["ignore", "pipe", "inherit"] });
  const lines = [];
  const waiting = [];
  /** Waits until the server has said something, and returns it. */
  const said = (wanted) =>
    new Promise((resolve, reject) => {
      const known = lines.find((line) => wanted.test(line));
      if (known) return resolve(known);
      waiting.push({ wanted, resolve });
      child.once("exit", (code) => reject(new Error(`the server ended with ${code}`)));
    });
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line);
    for (const { wanted, resolve } of waiting) if (wanted.test(line)) resolve(line);
  });
  const base = /http:\/\/127\.0\.0\.1:\d+/.exec(await said(/http:\/\/127\.0\.0\.1:\d+/))[0];
  const stop = async () => {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    await ended;
    rmSync(data, { recursive: true, force: true });
  };
  return { base, data: join(data, "d"), lines, said, stop };
}

/** How long the shop that all tests look at may take to be made. */
const DEMO_MAX_MS = 600_000;

/** Waits for the demo shop that test/all.mjs makes for all tests. */
async function sharedDemo(file) {
  const until = Date.now() + DEMO_MAX_MS;
  while (!existsSync(file)) {
    if (Date.now() > until) throw new Error("the demo shop was not made in time");
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const base = readFileSync(file, "utf8");
  if (!base.startsWith("http")) throw new Error(base);
  return { base, stop: async () => undefined };
}

/** The demo shop, the dashboard before it, and a browser. Nobody can change the shop, so tests share it. */
export async function startDemo() {
  const file = process.env.TALLYHO_DEMO_FILE;
  return withBrowser(file ? await sharedDemo(file) : await startTallyho("demo"), "");
}

export async function withBrowser(server, token) {
  const dev = await startDev({ api: server.base, token });
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM || "/usr/bin/chromium", args: ["--no-sandbox"] });
  const stop = async () => {
    await browser.close();
    await dev.stop();
    await server.stop();
  };
  return { base: dev.base, api: server.base, browser, stop };
}

export const OWNER = { name: "Ada", email: "ada@shop.example", password: "a long walk along the ridge" };

/** An empty server with an account and a shop, made through the API as the first steps do, and a browser before it. */
export async function startOwned() {
  const server = await startTallyho("serve");
  const token = /#\/setup\/(\S+)/.exec(await server.said(/#\/setup\//))[1];
  const world = await withBrowser(server, "");
  const send = async (path, body, headers = {}) => {
    const answer = await fetch(server.base + path, { method: "POST", headers: { "content-type": "application/json", origin: server.base, ...headers }, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(await answer.text());
    return answer;
  };
  const made = await send("/api/v1/setup", { token, ...OWNER });
  const cookie = made.headers.get("set-cookie").split(";")[0];
  await send("/api/v1/sites", { domain: "shop.example", currency: "EUR", timezone: "Europe/Berlin" }, { cookie, "x-csrf-token": (await made.json()).csrf });
  return world;
}

/** Signs in at the page; the dashboard may ask for a code. */
export async function signIn(world, page, { email, password } = OWNER) {
  await page.goto(`${world.base}/`);
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

/** Every screen, with one of each thing that can be looked at by itself. */
export async function screens(world) {
  const get = async (path) => (await fetch(`${world.base}/api/v1/sites/1/${path}`)).json();
  const [{ orders }, { carts }, { customers }] = await Promise.all([get("orders?limit=1"), get("carts?limit=1"), get("customers?limit=1")]);
  const details = [
    orders[0] && `/orders/${encodeURIComponent(orders[0].order_id)}`,
    carts[0] && `/carts/${carts[0].cart}`,
    customers[0] && `/customers/${customers[0].customer}`,
    carts[0]?.visitor && `/visitors/${carts[0].visitor}`,
  ];
  const pages = ["site", "snippet", "privacy", "goals", "events", "rates", "costs", "dialects", "tokens", "users", "shares", "annotations"];
  return [
    "/", "/live", "/products", "/orders", "/carts", "/customers", "/acquisition", "/acquisition?split=country", "/attribution", "/funnels", "/funnels?breakdown=device", "/behaviour", "/cohorts", "/segments",
    "/explore", "/explore?step=day&metrics=visits,orders", "/explore?dimensions=channel,device&metrics=orders&view=pivot",
    "/tally", "/health", "/glossary", ...pages.map((page) => `/settings/${page}`), "/nowhere", ...details.filter(Boolean),
  ];
}

/** Opens a page that collects what goes wrong: faults, console errors, policy violations, failed requests. */
export async function open(world, options = {}) {
  const context = await world.browser.newContext({ locale: "en-GB", viewport: { width: 1440, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(WAIT_MAX_MS);
  page.problems = [];
  page.on("pageerror", (error) => page.problems.push(`fault: ${error.stack ?? error}`));
  page.on("console", (message) => {
    // A failed request is judged by its answer, below.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) page.problems.push(`console: ${message.text()}`);
  });
  page.on("response", async (answer) => {
    // What a busy server puts off is asked again; if it never comes, the test misses it.
    if (answer.status() < 400 || answer.status() === 503) return;
    const text = await answer.text().catch(() => "");
    // What this build does not have, and what a demo keeps closed, is told on the screen; so is that nobody is signed in.
    const isExpected = text.includes('"path.unknown"') || (answer.status() === 401 && /"(token|session)\.missing"/.test(text));
    if (!isExpected) page.problems.push(`${answer.status()} ${answer.url()} ${text.slice(0, 300)}`);
  });
  await page.exposeFunction("violated", (text) => page.problems.push(`policy: ${text}`));
  await page.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) => window.violated(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
  });
  return page;
}

/** Goes to a screen and waits until nothing is on its way any more. */
export async function visit(world, page, path) {
  await page.goto(world.base + path, { waitUntil: "load" });
  await settled(page);
}

/** Waits until the screen stands: no request runs, no panel waits. */
export async function settled(page) {
  await page.waitForFunction(() => document.querySelector("h1") && !document.querySelector(".waiting, [aria-busy='true'], .progress"), null, { timeout: WAIT_MAX_MS });
}
