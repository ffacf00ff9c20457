// The proxy recipes of docs/tracker.md, taken from that page, between clients of different addresses and a real server.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { startServer } from "../../clients/server.mjs";

const DOCS = readFileSync(new URL("../../docs/tracker.md", import.meta.url), "utf8");
const recipe = (language, base) => new RegExp("```" + language + "\n([^]*?)```").exec(DOCS)[1].replaceAll("https://stats.shop.example", base);
const BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";

/** Returns a loopback port that was free a moment ago. */
async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Asks from one of this machine's loopback addresses. */
function ask(port, path, { from = "127.0.0.1", method = "GET", body, headers = {} } = {}) {
  return new Promise((resolve, reject) => {
    const asked = request({ host: "127.0.0.1", port, path, method, localAddress: from, headers: { "user-agent": BROWSER, ...headers } }, async (answer) => {
      let text = "";
      for await (const part of answer) text += part;
      resolve({ status: answer.statusCode, headers: answer.headers, text });
    });
    asked.on("error", reject);
    asked.end(body);
  });
}

/** Runs a program until the test ends, and waits until its port answers. */
async function run(t, program, args, port, env = {}) {
  const child = spawn(program, args, { stdio: ["ignore", "ignore", "inherit"], env: { ...process.env, ...env } });
  const ended = new Promise((resolve, reject) => (child.once("exit", resolve), child.once("error", reject)));
  t.after(() => (child.kill("SIGTERM"), ended));
  const deadline = Date.now() + 15_000;
  for (;;) {
    try {
      return await ask(port, "/");
    } catch (error) {
      if (Date.now() > deadline || child.exitCode !== null) throw new Error(`${program} does not answer: ${error.message}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

const PROXIES = {
  async nginx(t, base, folder) {
    const port = await freePort();
    const temp = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((kind) => `${kind}_temp_path ${folder}/${kind};`).join(" ");
    const config = `daemon off; pid ${folder}/pid; error_log stderr warn; events {}
      http { access_log off; ${temp} server { listen 127.0.0.1:${port}; ${recipe("nginx", base)} } }`;
    writeFileSync(join(folder, "nginx.conf"), config);
    await run(t, "nginx", ["-e", "stderr", "-p", folder, "-c", join(folder, "nginx.conf")], port);
    return port;
  },
  async caddy(t, base, folder) {
    const port = await freePort();
    const config = `{\n admin off\n auto_https off\n log {\n  level ERROR\n }\n}\nhttp://:${port} {\n bind 127.0.0.1\n${recipe("caddyfile", base)}}\n`;
    writeFileSync(join(folder, "Caddyfile"), config);
    const home = { HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder };
    await run(t, "caddy", ["run", "--config", join(folder, "Caddyfile"), "--adapter", "caddyfile"], port, home);
    return port;
  },
  // Node knows the same Request and fetch; what Cloudflare adds is the visitor's address.
  async worker(t, base, folder) {
    writeFileSync(join(folder, "worker.mjs"), recipe("js", base));
    const { default: worker } = await import(join(folder, "worker.mjs"));
    const server = createServer(async (asked, answer) => {
      const parts = [];
      for await (const part of asked) parts.push(part);
      const { host, connection, "transfer-encoding": coding, "content-length": length, ...headers } = asked.headers;
      headers["cf-connecting-ip"] = asked.socket.remoteAddress;
      const got = await worker.fetch(new Request(`https://www.shop.example${asked.url}`, { method: asked.method, headers, body: parts.length ? Buffer.concat(parts) : undefined, duplex: "half" }));
      const { "content-encoding": _, "content-length": __, ...rest } = Object.fromEntries(got.headers);
      answer.writeHead(got.status, rest).end(Buffer.from(await got.arrayBuffer()));
    });
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    t.after(() => (server.closeAllConnections(), server.close()));
    return server.address().port;
  },
};

/** Sends a page view without an id through the proxy. */
async function view(port, word, key, id, from, headers) {
  const body = JSON.stringify({ site: key, events: [{ id, name: "page_view", page: { url: "https://www.shop.example/" } }] });
  const answer = await ask(port, word, { from, method: "POST", body, headers: { "content-type": "text/plain", ...headers } });
  assert.deepEqual([answer.status, JSON.parse(answer.text).accepted], [200, 1]);
}

for (const [name, start] of Object.entries(PROXIES)) {
  for (const trusted of [true, false]) {
    test(`${name}, ${trusted ? "named in --trusted-proxies: every visitor has an address" : "not named: all are one visitor"}`, async (t) => {
      const server = await startServer(...(trusted ? ["--trusted-proxies", "127.0.0.1/32"] : []));
      t.after(() => server.stop());
      const folder = mkdtempSync(join(tmpdir(), "tallyho-proxy-"));
      mkdirSync(join(folder, "logs"));
      const port = await start(t, server.base, folder);
      t.after(() => rmSync(folder, { recursive: true, force: true }));
      const snippet = await server.get(`/api/v1/sites/${server.site}/snippet`);
      const script = new URL(`http:${snippet.script}`).pathname;
      const key = /data-site="([^"]+)"/.exec(snippet.html)[1];
      const got = await ask(port, script);
      assert.deepEqual([got.status, got.headers["content-type"]], [200, "text/javascript; charset=utf-8"]);
      assert.equal(got.text, (await (await fetch(server.base + script)).text()));
      const word = script.replace(".js", "");
      await view(port, word, key, `${name}-1`, "127.0.0.2");
      await view(port, word, key, `${name}-2`, "127.0.0.3");
      // What a browser claims itself is not believed.
      await view(port, word, key, `${name}-3`, "127.0.0.3", { "x-forwarded-for": "203.0.113.9" });
      await server.caughtUp();
      assert.deepEqual(await server.report("visitors,page_views"), [{ visitors: trusted ? 2 : 1, page_views: 3 }]);
      if (!trusted) return;
      // The cookie is the server's own, on the shop's host, and as secure as the browser's connection.
      const scheme = name == "worker" ? "https" : "http";
      const events = [{ id: `${name}-4`, name: "page_view", page: { url: `${scheme}://www.shop.example/` } }];
      const answer = await ask(port, word, {
        method: "POST",
        body: JSON.stringify({ site: key, visitor_id: "0192f0c1-2b3c-7d4e-8f50-123456789abc", events }),
        headers: { host: "www.shop.example", origin: `${scheme}://www.shop.example`, "content-type": "text/plain" },
      });
      const [cookie] = answer.headers["set-cookie"];
      assert.match(cookie, /^_tly_1=0192f0c1-2b3c-7d4e-8f50-123456789abc;/);
      assert.equal(/; Secure/i.test(cookie), scheme == "https");
      assert.doesNotMatch(cookie, /Domain/i);
    });
  }
}
