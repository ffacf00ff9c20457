// Builds the script that the server embeds and the npm package, and checks every size.
import { build } from "esbuild";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

/** Bytes after gzip that the core may have, what a shim may add to it, and what a module beside it may have. */
const CORE = 4096;
const SHIM = 2048;
const MODULE = 1536;
const MODULES = ["autocapture", "vitals"];
const SHIMS = ["matomo", "gtag", "segment", "scarab", "heap", "ahoy"];

const shared = { bundle: true, minify: true, target: "es2020", legalComments: "none", logLevel: "warning" };
await build({ ...shared, entryPoints: ["src/script.ts"], outfile: "dist/tallyho.js", format: "iife" });
await build({ ...shared, minify: false, entryPoints: ["src/index.ts"], outfile: "dist/index.js", format: "esm" });
for (const shim of SHIMS) {
  await build({ ...shared, entryPoints: [`src/shims/${shim}.ts`], outfile: `dist/${shim}.js`, format: "iife" });
}
for (const module of MODULES) {
  await build({ ...shared, entryPoints: [`src/modules/${module}.ts`], outfile: `dist/${module}.js`, format: "iife" });
}
execFileSync("node_modules/.bin/tsc", { stdio: "inherit" });

const bytes = (file) => gzipSync(readFileSync(`dist/${file}.js`), { level: 9 }).length;
const core = bytes("tallyho");
console.log(`core: ${core} bytes gzipped of ${CORE}`);
let fits = core <= CORE;
for (const shim of SHIMS) {
  const more = bytes(shim) - core;
  console.log(`${shim}: ${more} bytes more of ${SHIM}`);
  fits &&= more <= SHIM;
}
for (const module of MODULES) {
  console.log(`${module}: ${bytes(module)} bytes of ${MODULE}`);
  fits &&= bytes(module) <= MODULE;
}
if (!fits) process.exit(1);
