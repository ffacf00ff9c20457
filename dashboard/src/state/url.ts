// The address is the state: the path names the screen, the query everything that a colleague should see alike.

import { batch, computed, signal } from "@preact/signals";

const here = () => ({ path: location.pathname, query: location.search, hash: location.hash });
const current = signal(here());

/** The screen's path, such as `/orders/1001`. */
export const path = computed(() => current.value.path);
/** The part behind `#`: secrets of links stand there, because it is sent to no server. */
export const hash = computed(() => current.value.hash);
/** The query. Read only. */
export const query = computed(() => new URLSearchParams(current.value.query));

/** What is kept from screen to screen; everything else belongs to one screen. */
const KEPT = ["site", "period", "from", "to", "compare", "filter", "segment", "lang"];

export type Changes = Record<string, string | null | undefined>;

function text(parameters: URLSearchParams): string {
  const written = parameters.toString();
  return written ? `?${written}` : "";
}

/** Returns the address of `to`, another screen, with what is kept and with `changes`. */
export function href(to: string, changes: Changes = {}): string {
  const next = new URLSearchParams();
  for (const name of KEPT) {
    const value = query.value.get(name);
    if (value !== null) next.set(name, value);
  }
  return to + text(change(next, changes));
}

/** Returns the address of this screen with `changes`; null takes a parameter away. */
export function hereWith(changes: Changes): string {
  return path.value + text(change(new URLSearchParams(query.value), changes));
}

function change(parameters: URLSearchParams, changes: Changes): URLSearchParams {
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === undefined || value === "") parameters.delete(name);
    else parameters.set(name, value);
  }
  return parameters;
}

/** Returns a name as a part of a path: a dot would read as a file's ending to the server. */
export const segment = (name: string): string => encodeURIComponent(name).replaceAll(".", "%2E");

/** Goes to an address of ours. */
export function go(address: string, how: "push" | "replace" = "push"): void {
  const leaves = new URL(address, location.href).pathname !== location.pathname;
  history[how === "push" ? "pushState" : "replaceState"](null, "", address);
  batch(() => (current.value = here()));
  if (leaves && how === "push") {
    scrollTo(0, 0);
    isNew = true;
  }
}

let isNew = false;

/** Moves the focus to the head of a screen that was just gone to: a screen reader starts there, not where the link was. */
export function focusNewScreen(): void {
  const head = isNew ? document.querySelector<HTMLElement>("main h1") : null;
  if (!head) return;
  isNew = false;
  head.focus();
}

/** Changes parameters of this screen. */
export function set(changes: Changes, how: "push" | "replace" = "push"): void {
  go(hereWith(changes), how);
}

/** Lets links of ours change the address without loading the page again. */
export function followLinks(): void {
  addEventListener("popstate", () => (current.value = here()));
  addEventListener("hashchange", () => (current.value = here()));
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    const link = (event.target as Element | null)?.closest?.("a");
    if (!link?.href || link.target || link.hasAttribute("download") || link.origin !== location.origin) return;
    if (link.pathname.startsWith("/api/") || link.getAttribute("href")?.startsWith("#")) return;
    event.preventDefault();
    go(link.pathname + link.search);
  });
}
