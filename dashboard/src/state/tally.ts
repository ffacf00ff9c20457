// What came of the last comparison with the shop's own list: counts alone, kept in this browser.

import { keep, kept } from "./prefs";
import { site } from "./session";

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

const name = () => `tally.${site.value?.domain ?? ""}`;

/** Returns the last comparison of this shop, null without one. */
export function lastTally(): Tallied | null {
  try {
    const found = JSON.parse(kept(name()) ?? "null") as Tallied | null;
    return found && typeof found.listed === "number" ? found : null;
  } catch {
    return null;
  }
}

export function keepTally(tallied: Tallied): void {
  keep(name(), JSON.stringify(tallied));
}
