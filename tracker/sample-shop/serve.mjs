// The sample shop on a loopback port of its own, with the tracker of a running server in its pages; and a gate between
// the two that can be slow, broken or shut.
import { createServer, request } from "node:http";
import { readFileSync } from "node:fs";
import { extname, join } from "node:path";

const FOLDER = new URL("./", import.meta.url).pathname;
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css" };

const listen = (server) =>
  new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(`http://127.0.0.1:${server.address().port}`)));

/** Starts the shop; `tag` stands in its pages, `csp` is their policy. */
export async function startShop(tag, csp) {
  const server = createServer((asked, answer) => {
    const path = new URL(asked.url, "http://shop").pathname;
    const file = path == "/" ? "index.html" : path.slice(1);
    try {
      let text = readFileSync(join(FOLDER, file), "utf8");
      if (file.endsWith(".html")) text = text.replace("<!--tracker-->", tag());
      if (csp) {
        text = text.replaceAll("<script", `<script nonce="${csp.nonce}"`);
        answer.setHeader("Content-Security-Policy", csp.policy());
      }
      answer.setHeader("Content-Type", TYPES[extname(file)] || "text/plain");
      answer.end(text);
    } catch {
      answer.writeHead(404).end();
    }
  });
  const base = await listen(server);
  return { base, stop: () => new Promise((resolve) => (server.closeAllConnections(), server.close(resolve))) };
}

/** Milliseconds that a slow gate takes. */
const SLOW_MS = 2500;

/** Starts a gate to the server at `target`: what it does is in `mode`; `seen` counts events, `times` says when each came,
 * `asked` counts everything; `headers` go with a 503. */
export async function startGate(target) {
  const gate = { target, mode: "open", seen: 0, asked: 0, times: [] };
  const server = createServer(async (asked, answer) => {
    const isEvent = asked.method == "POST";
    gate.asked++;
    if (isEvent) gate.times[gate.seen++] = Date.now();
    if (gate.mode == "down") return asked.socket.destroy();
    if (gate.mode == "slow") await new Promise((resolve) => setTimeout(resolve, SLOW_MS));
    if (isEvent && gate.mode == "503") return answer.writeHead(503, { "Access-Control-Allow-Origin": "*", ...gate.headers }).end("{}");
    if (isEvent && gate.mode == "garbage") return answer.writeHead(200, { "Access-Control-Allow-Origin": "*" }).end("<html>");
    if (isEvent && gate.mode == "silent") return;
    if (isEvent && gate.mode == "cut") return asked.socket.destroy();
    // The server hears it, and its answer is lost.
    if (isEvent && gate.mode == "deaf") answer.destroy = answer.writeHead = () => asked.socket.destroy();
    const on = request(gate.target + asked.url, { method: asked.method, headers: asked.headers }, (got) => {
      answer.writeHead(got.statusCode, got.headers);
      got.pipe(answer);
    });
    on.on("error", () => answer.destroy());
    asked.pipe(on);
  });
  gate.base = await listen(server);
  gate.stop = () => new Promise((resolve) => (server.closeAllConnections(), server.close(resolve)));
  return gate;
}
