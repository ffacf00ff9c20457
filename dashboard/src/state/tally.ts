// What came of the last comparison with the shop's own list: counts alone. Kept at the server as a saved view that leads to
// its screen, so that everybody sees it; in this browser alone where nobody is signed in.

import { useAnswer } from "../api/answers";
import { call, csrf } from "../api/client";
import { keep, kept } from "./prefs";
import { base, mayEdit, session, site } from "./session";

export interface Tallied {
  at: string;
  from: string;
  to: string;
  equal: boolean;
  listed: number;
  missing: number;
  extra: number;
  different: number;
}

/** The name of the saved view that remembers it; menus leave it out. */
export const TALLY_VIEW = "last tally";

const COUNTS = ["listed", "missing", "extra", "different"] as const;
const name = () => `tally.${site.value?.domain ?? ""}`;
const isSignedIn = () => session.value?.user != null && !session.value.demo;

function write(tallied: Tallied): string {
  const parameters = new URLSearchParams(Object.entries(tallied).map(([key, value]) => [key, String(value)]));
  return `/tally?${parameters}`;
}

/** Reads what `write` wrote; null for anything else. */
function read(state: string): Tallied | null {
  const found = new URLSearchParams(state.split("?")[1] ?? "");
  const counts = COUNTS.map((count) => [count, Number(found.get(count) ?? Number.NaN)] as const);
  if (counts.some(([, count]) => !Number.isInteger(count))) return null;
  const text = (key: string) => found.get(key) ?? "";
  return { at: text("at"), from: text("from"), to: text("to"), equal: text("equal") === "true", ...(Object.fromEntries(counts) as Record<(typeof COUNTS)[number], number>) };
}

/** Returns the last comparison of this shop, null without one. */
export function useLastTally(): Tallied | null {
  const answer = useAnswer<{ views?: { name: string; state: string }[] }>(isSignedIn() ? `${base.value}/views` : null);
  const own = read(kept(name()) ?? "");
  const told = (answer.data?.views ?? []).filter((view) => view.name === TALLY_VIEW).map((view) => read(view.state));
  return [own, ...told].reduce((last, one) => (one && (!last || one.at > last.at) ? one : last), null);
}

/** Keeps a comparison here, and at the server for everybody who may see the shop. */
export async function keepTally(tallied: Tallied): Promise<void> {
  keep(name(), write(tallied));
  if (!isSignedIn() || !csrf.value) return;
  // Who may not write for everybody keeps it for the own account.
  await call(`${base.value}/views/${encodeURIComponent(TALLY_VIEW)}`, { method: "PUT", body: { state: write(tallied), shared: mayEdit.value } }).catch(() => undefined);
}
