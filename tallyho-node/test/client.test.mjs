// The built package against a real server, behind a gate that can be shut, and with the server itself going away.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { after, before, beforeEach, test } from "node:test";
import { Tallyho } from "@tallyho/node";
import { startServer } from "../../clients/server.mjs";
import { startGate } from "../../tracker/sample-shop/serve.mjs";
import { askedMs, waitMs } from "../dist/wait.js";

let server, gate, token, errors;

before(async () => {
  server = await startServer();
  gate = await startGate(server.base);
  ({ token } = server.cli("token", "add", "--site", String(server.site), "--scope", "ingest"));
});

beforeEach(() => {
  gate.mode = "open";
  errors = [];
});

after(async () => {
  await gate?.stop();
  await server?.stop();
});

/** Returns a client whose errors are collected. */
const client = (options) => new Tallyho({ host: gate.base, token, lingerMs: 10, onError: (error) => errors.push(error), ...options });
const purchase = (transaction_id, more) => ({ transaction_id, value: "25.00", currency: "EUR", items: [{ item_id: "S1", price: "25.00" }], ...more });
const order = async (id) => {
  await server.caughtUp();
  return server.get(`/api/v1/sites/${server.site}/orders/${id}`);
};
const count = async (id) => (await server.get(`/api/v1/sites/${server.site}/orders?limit=1000`)).orders.filter((row) => row.order_id == id).length;
/** Waits until the gate has been asked `times` more often. */
async function asked(times) {
  const from = gate.seen;
  while (gate.seen < from + times) await new Promise((resolve) => setTimeout(resolve, 5));
}

test("an order finds the visit of its visitor, verified", async () => {
  await server.collect([{ id: "n-view", name: "page_view", visitor_id: "v-1", page: { url: "https://shop.example/?utm_source=news&utm_medium=email&utm_campaign=node" } }]);
  const tallyho = client();
  tallyho.track("purchase", purchase("C1", { visitor_id: "v-1" }));
  assert.equal(await tallyho.flush(), true);
  assert.equal(tallyho.pending, 0);
  const { order: told } = await order("C1");
  assert.deepEqual([told.amounts.order_total, told.attribution.campaign, told.trust], ["25.00", "node", "verified"]);
  assert.deepEqual(errors, []);
  await tallyho.close();
});

test("while the server answers 503 it is left alone as long as it asks; then it is one order", async () => {
  const tallyho = client();
  gate.mode = "503";
  gate.headers = { "Retry-After": "1" };
  tallyho.track("purchase", purchase("C2"));
  const flushed = tallyho.flush();
  await asked(3);
  const gaps = gate.times.slice(-2).map((at, i) => at - gate.times.at(i - 3));
  assert.ok(gaps.every((gap) => gap >= 1000), `it came back after ${gaps} ms`);
  gate.mode = "open";
  assert.equal(await flushed, true);
  await order("C2");
  assert.equal(await count("C2"), 1);
  await tallyho.close();
});

for (const mode of ["cut", "garbage", "deaf"]) {
  test(`one order while the answers are ${mode}`, async () => {
    const tallyho = client();
    gate.mode = mode;
    tallyho.track("purchase", purchase(`C-${mode}`));
    const flushed = tallyho.flush();
    await asked(2);
    gate.mode = "open";
    assert.equal(await flushed, true);
    await order(`C-${mode}`);
    assert.equal(await count(`C-${mode}`), 1);
    assert.deepEqual(errors, []);
    await tallyho.close();
  });
}

test("one order, and every event, while the server is stopped and started again", async () => {
  const tallyho = client({ batchMax: 3 });
  tallyho.track("purchase", purchase("C3"));
  assert.equal(await tallyho.flush(), true);
  await server.end();
  tallyho.track("purchase", purchase("C3", { id: "again" }));
  tallyho.track("purchase", purchase("C4"));
  for (let i = 0; i < 10; i++) tallyho.track("stock_checked", { properties: { round: i } });
  assert.equal(await tallyho.flush(700), false);
  assert.equal(tallyho.pending, 12);
  gate.target = await server.restart();
  assert.equal(await tallyho.flush(), true);
  await order("C4");
  assert.deepEqual([await count("C3"), await count("C4")], [1, 1]);
  const { events } = await server.get(`/api/v1/sites/${server.site}/live?limit=500`);
  const rounds = events.filter((event) => event.name == "stock_checked").map((event) => event.sent.properties.round);
  assert.deepEqual(rounds.map(Number).reverse(), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], "in their order");
  await tallyho.close();
});

test("a thousand events are three requests", async () => {
  const tallyho = client({ lingerMs: 1000, batchMax: 400 });
  const before = gate.seen;
  for (let i = 0; i < 1000; i++) tallyho.track("bulk");
  assert.equal(await tallyho.flush(), true);
  assert.equal(gate.seen - before, 3);
  await server.caughtUp();
  assert.equal((await server.report("events", "event")).find((row) => row.event == "bulk").events, 1000);
  await tallyho.close();
});

test("what the server does not understand is told, and stops nothing", async () => {
  const tallyho = client();
  tallyho.track("purchase", purchase("undefined"));
  tallyho.track("purchase", purchase("C5"));
  assert.equal(await tallyho.flush(), true);
  await order("C5");
  assert.deepEqual(errors.map((error) => [error.code, error.events.length]), [["order_id.placeholder", 1]]);
  assert.ok(errors[0].hint);
  await tallyho.close();
});

test("a wrong token is told with its events and without the token, and not asked again", async () => {
  const tallyho = client({ token: "wrong-token" });
  const before = gate.seen;
  tallyho.track("purchase", purchase("C6"));
  assert.equal(await tallyho.flush(), true);
  assert.equal(gate.seen - before, 1);
  assert.deepEqual(errors.map((error) => [error.code, error.events[0].transaction_id]), [["token.unknown", "C6"]]);
  assert.doesNotMatch(JSON.stringify(errors) + errors[0].message + errors[0].stack, /wrong-token/);
  await tallyho.close();
});

test("a full queue, a closed client and a close without a server say what is lost", async () => {
  gate.mode = "cut";
  const tallyho = client({ queueMax: 1 });
  tallyho.track("first");
  tallyho.track("second");
  assert.equal(await tallyho.close(50), false);
  tallyho.track("third");
  assert.deepEqual(errors.map((error) => [error.code, error.events[0].name]), [["queue.full", "second"], ["unsent", "first"], ["closed", "third"]]);
});

for (const [how, line, code] of [
  ["ends", "", { code: 0, signal: null }],
  ["is asked to end", "process.kill(process.pid, 'SIGTERM'); setTimeout(() => {}, 60_000);", { code: null, signal: "SIGTERM" }],
]) {
  test(`a process that ${how} leaves nothing behind`, async () => {
    const id = `C-${code.code}`;
    const program = `import { Tallyho } from "@tallyho/node";
      const tallyho = new Tallyho({ host: ${JSON.stringify(gate.base)}, token: ${JSON.stringify(token)}, lingerMs: 60_000 });
      tallyho.track("purchase", ${JSON.stringify(purchase(id))}); ${line}`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", program], { cwd: new URL(".", import.meta.url), stdio: "inherit" });
    const ended = await new Promise((resolve) => child.once("exit", (code, signal) => resolve({ code, signal })));
    assert.deepEqual(ended, code);
    assert.equal((await order(id)).order.amounts.order_total, "25.00");
  });
}

test("waits grow up to a minute, and never fall short of what the server asks", () => {
  assert.deepEqual([1, 2, 3, 9, 50].map((failures) => waitMs(failures, 0, 1)), [500, 1000, 2000, 60_000, 60_000]);
  assert.equal(waitMs(1, 0, 0), 250);
  assert.equal(waitMs(1, 30_000, 0), 30_000);
  const now = Date.parse("2026-03-02T10:00:00Z");
  const cases = { "7": 7000, "Mon, 02 Mar 2026 10:00:05 GMT": 5000, "Mon, 02 Mar 2026 09:00:00 GMT": 0, soon: 0, "-3": 0 };
  for (const [header, ms] of Object.entries(cases)) assert.equal(askedMs(header, now), ms, header);
  assert.equal(askedMs(null), 0);
});
