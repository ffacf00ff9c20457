/** How long to wait before the server is asked again. */

const FIRST_MS = 500;
const WAIT_MAX_MS = 60_000;

/** Returns the milliseconds before the attempt after `failures` failed ones: twice as long each time, with some chance in it
 * so that many senders do not come at once, and never less than the server asked for. */
export function waitMs(failures: number, askedMs: number, chance = Math.random()): number {
  const backOff = Math.min(WAIT_MAX_MS, FIRST_MS * 2 ** Math.max(0, failures - 1)) * (0.5 + chance / 2);
  return Math.max(backOff, askedMs);
}

/** Returns the milliseconds that a `Retry-After` asks for, seconds or a date; 0 without one. */
export function askedMs(header: string | null, now = Date.now()): number {
  if (!header) return 0;
  const seconds = Number(header);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - now;
  return ms > 0 ? ms : 0;
}
