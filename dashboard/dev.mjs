// Serves dist/ as the server does, with the same content security policy, and passes the API on to a running tallyho.
//
//   node dev.mjs [--api http://127.0.0.1:8080] [--port 8090] [--watch]
//
// TALLYHO_TOKEN, where set, is sent along, so that a server without sign-in can be looked at.
import { createReadStream, existsSync } from "node:fs";
import { createServer, request } from "node:http";
import { dirname, extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const dist = join(dirname(fileURLToPath(import.meta.url)), "dist");

export const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join("; ");

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

const isApi = (path) => /^\/(api|v1|s|healthz|readyz)(\/|$)/.test(path);

function pass(api, token, incoming, answer) {
  const headers = { ...incoming.headers, host: new URL(api).host };
  if (token) headers.authorization = `Bearer ${token}`;
  const passed = request(api + incoming.url, { method: incoming.method, headers }, (from) => {
    answer.writeHead(from.statusCode, from.headers);
    from.pipe(answer);
  });
  passed.on("error", () => {
    answer.writeHead(502, { "content-type": "application/json" });
    answer.end(JSON.stringify({ error: { code: "server.away", message: `nothing answers at ${api}` } }));
  });
  answer.on("close", () => passed.destroy());
  incoming.pipe(passed);
}

/** Starts the server; `port` 0 takes a free one. Returns its address and a function that stops it. */
export async function startDev({ api, token = "", port = 0 }) {
  const server = createServer((incoming, answer) => {
    const path = new URL(incoming.url, "http://x").pathname;
    if (isApi(path)) return pass(api, token, incoming, answer);
    const asked = join(dist, normalize(decodeURIComponent(path)));
    const isFile = extname(path) in TYPES && asked.startsWith(dist) && existsSync(asked);
    const file = isFile ? asked : join(dist, "index.html");
    answer.writeHead(200, {
      "content-type": TYPES[extname(file)],
      "content-security-policy": POLICY,
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cache-control": path.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache",
    });
    createReadStream(file).pipe(answer);
  });
  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  const stop = () => new Promise((resolve) => (server.closeAllConnections(), server.close(resolve)));
  return { base: `http://127.0.0.1:${server.address().port}`, stop };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const option = (name, otherwise) => {
    const at = process.argv.indexOf(`--${name}`);
    return at < 0 ? otherwise : process.argv[at + 1];
  };
  if (process.argv.includes("--watch")) await (await import("./build.mjs")).run({ watch: true });
  const api = option("api", "http://127.0.0.1:8080");
  const dev = await startDev({ api, token: process.env.TALLYHO_TOKEN, port: Number(option("port", "8090")) });
  console.log(`the dashboard of ${api} is at ${dev.base}`);
}
