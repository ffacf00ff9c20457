// Builds the package. What events may say stands in one file for browsers and servers: the tracker's.
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";

const from = new URL("../tracker/src/events.ts", import.meta.url);
writeFileSync(new URL("src/types.ts", import.meta.url), `// Copied from tracker/src/events.ts by build.mjs: change it there.\n${readFileSync(from, "utf8")}`);
rmSync(new URL("dist/", import.meta.url), { recursive: true, force: true });
execFileSync("node_modules/.bin/tsc", { stdio: "inherit" });
