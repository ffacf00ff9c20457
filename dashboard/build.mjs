// Bundles the dashboard into dist/: index.html, and files named by their hash, each with its .br and .gz beside it.
// Fails where the first load outgrows its budget.
import { context, build } from "esbuild";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const root = dirname(fileURLToPath(import.meta.url));
const dist = join(root, "dist");

/** Bytes after gzip that a first visit to the overview may load. */
const SCRIPT_MAX = 75_000;
const STYLE_MAX = 12_000;

const options = {
  absWorkingDir: root,
  entryPoints: { app: "src/main.tsx" },
  outdir: "dist",
  entryNames: "assets/[name]-[hash]",
  chunkNames: "assets/[name]-[hash]",
  assetNames: "assets/[name]-[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  target: ["es2022", "chrome123", "firefox120", "safari17.5"],
  jsx: "automatic",
  jsxImportSource: "preact",
  minify: true,
  legalComments: "none",
  metafile: true,
  logLevel: "warning",
  loader: { ".svg": "file" },
};

/** Returns the outputs that `entry` loads at once: itself and what it imports, without what it imports lazily. */
function loadedAtOnce(metafile, entry, seen = new Set()) {
  if (seen.has(entry)) return seen;
  seen.add(entry);
  for (const { path, kind } of metafile.outputs[entry].imports) {
    if (kind === "import-statement") loadedAtOnce(metafile, path, seen);
  }
  return seen;
}

const outputOf = (metafile, source) =>
  Object.keys(metafile.outputs).find((name) => metafile.outputs[name].entryPoint === source);

const gzipped = (file) => gzipSync(readFileSync(join(root, file)), { level: 9 }).length;

/** Writes index.html and the compressed copies, and returns the sizes of the first load. */
function finish(metafile) {
  const entry = outputOf(metafile, "src/main.tsx");
  const style = metafile.outputs[entry].cssBundle;
  const at_once = [...loadedAtOnce(metafile, entry)];
  const preloads = at_once.filter((file) => file !== entry);
  const url = (file) => file.replace(/^dist/, "");
  const page = readFileSync(join(root, "src/index.html"), "utf8")
    .replace("{{style}}", url(style))
    .replace("{{script}}", url(entry))
    .replace("{{preload}}", preloads.map((file) => `<link rel="modulepreload" href="${url(file)}">`).join("\n    "));
  writeFileSync(join(dist, "index.html"), page);
  writeFileSync(join(dist, "favicon.svg"), readFileSync(join(root, "src/favicon.svg")));
  for (const file of [...Object.keys(metafile.outputs), "dist/index.html", "dist/favicon.svg"]) {
    const text = readFileSync(join(root, file));
    writeFileSync(join(root, `${file}.gz`), gzipSync(text, { level: 9 }));
    const quality = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
    writeFileSync(join(root, `${file}.br`), brotliCompressSync(text, { params: quality }));
  }
  // The language's catalogue is fetched before anything is shown, so it counts.
  const language = outputOf(metafile, "src/i18n/de/core.json");
  const script = [...at_once, language].reduce((sum, file) => sum + gzipped(file), 0);
  return { script, style: gzipped(style) };
}

function report(metafile) {
  const { script, style } = finish(metafile);
  console.log(`first load: ${script} bytes of script gzipped of ${SCRIPT_MAX}, ${style} of style of ${STYLE_MAX}`);
  return script <= SCRIPT_MAX && style <= STYLE_MAX;
}

/** Builds once, or on every change with `watch`. */
export async function run({ watch = false } = {}) {
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(dist, { recursive: true });
  if (!watch) return report((await build(options)).metafile);
  const plugin = { name: "finish", setup: (b) => b.onEnd((result) => void (result.metafile && report(result.metafile))) };
  const watching = await context({ ...options, minify: false, plugins: [plugin] });
  await watching.watch();
  return true;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (!(await run())) {
    console.error("the first load is larger than its budget");
    process.exit(1);
  }
}
