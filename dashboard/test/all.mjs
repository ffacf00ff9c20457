// Runs the tests, two files at a time, with one demo shop for all that only look at it: making the shop takes longer than
// most tests, so it is made once, while those run that have a server of their own.
//
//   node test/all.mjs [NAME...]
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "node:test";
import { spec } from "node:test/reporters";

const here = dirname(fileURLToPath(import.meta.url));
const wanted = process.argv.slice(2);
const names = readdirSync(here).filter((name) => name.endsWith(".test.mjs") && (wanted.length === 0 || wanted.includes(name.replace(".test.mjs", ""))));
if (names.length < Math.max(1, wanted.length)) {
  console.error(`there is no test of one of these names: ${wanted.join(", ")}`);
  process.exit(2);
}
const needsDemo = (name) => readFileSync(join(here, name), "utf8").includes("startDemo(");
// The longest of those that wait for the demo shop goes first of them.
const order = (name) => (!needsDemo(name) ? 0 : name.startsWith("screens") ? 1 : 2);
const files = names.sort((a, b) => order(a) - order(b) || (a < b ? -1 : 1)).map((name) => join(here, name));

const folder = mkdtempSync(join(tmpdir(), "tallyho-tests-"));
process.env.TALLYHO_DEMO_FILE = join(folder, "address");
const { startTallyho } = await import("./harness.mjs");
const tell = (text) => {
  writeFileSync(join(folder, "written"), text);
  renameSync(join(folder, "written"), process.env.TALLYHO_DEMO_FILE);
};
const demo = names.some(needsDemo) ? startTallyho("demo") : null;
demo?.then((server) => tell(server.base), (error) => tell(`failed: ${error.message}`));

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => void (demo ?? Promise.resolve()).then((server) => server?.stop()).finally(() => process.exit(1)));
}

const stream = run({ files, concurrency: 2 });
stream.on("test:fail", () => void (process.exitCode = 1));
stream.compose(spec).pipe(process.stdout);
await new Promise((resolve) => stream.once("end", resolve));
await demo?.then((server) => server.stop(), () => void (process.exitCode = 1));
rmSync(folder, { recursive: true, force: true });
