/** The script of a page: the function `tallyho`, what was called before it came, and what its tag says. */
import { attach, getVisitorId, identify, init, reset, setConsent, track } from "./core";
import { observe } from "./impressions";
import type { Options, Preset, Tallyho } from "./types";

type Args = [string, ...unknown[]];
type Layer = ArrayLike<unknown>[] & { push(...entries: unknown[]): number };

const w = window as unknown as { tallyho?: Tallyho & { loaded?: boolean; preset?: Preset }; dataLayer?: Layer };
let preset: Preset | undefined;

function call([command, argument]: Args): void {
  if (command == "init") init({ ...preset, ...(argument as Options) });
  else if (command == "identify") identify(argument as Record<string, unknown>);
  else if (command == "reset") reset();
  else if (command == "consent") setConsent(argument as "grant" | "deny");
  else if (command == "observe") observe((argument as ParentNode) || document, (items) => track("view_item_list", { items }));
  else track(command, argument as Record<string, unknown>);
}

/** A tracker must never break its page: whatever goes wrong stays here. */
function safely<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

/** Reads consent as Google's consent mode states it: `gtag('consent', 'update', {analytics_storage: 'granted'})`. */
function hear(entry: unknown): void {
  const [word, , said] = entry as [unknown, unknown, { analytics_storage?: string } | undefined];
  if (word == "consent" && said?.analytics_storage) setConsent(said.analytics_storage == "granted" ? "grant" : "deny");
}

function hearConsent(): void {
  const layer = (w.dataLayer ||= [] as unknown as Layer);
  const push = layer.push;
  layer.push = function (...entries: unknown[]) {
    entries.forEach((entry) => safely(() => hear(entry)));
    return push.apply(layer, entries);
  };
  Array.from(layer).forEach((entry) => safely(() => hear(entry)));
}

safely(() => {
  const before = w.tallyho;
  if (before?.loaded) return;
  preset = before?.preset;
  const tallyho = ((...args: Args) => safely(() => call(args))) as unknown as Tallyho & { loaded?: boolean };
  tallyho.loaded = true;
  tallyho.getVisitorId = () => safely(getVisitorId);
  tallyho.attach = (form) => safely(() => attach(form));
  w.tallyho = tallyho;
  hearConsent();
  const tag = (document.currentScript as HTMLScriptElement | null)?.dataset;
  if (tag?.site) {
    // What the tag does not say stays as it is set up.
    const said: Preset = { ...preset, site: tag.site };
    if (tag.endpoint) said.endpoint = tag.endpoint;
    for (const name of ["cookies", "auto", "wait"] as const) if (tag[name]) said[name] = tag[name] != "false";
    if (tag.domains != null) said.domains = tag.domains.split(/[ ,]+/).filter(Boolean);
    init(said);
  }
  for (const args of (before?.q || []) as ArrayLike<unknown>[]) safely(() => call(Array.from(args) as Args));
});
