/** What the shims share: a client's own words become native events, and its queue is heard from then on. */

export type Payload = Record<string, unknown>;

/** The script's own tag, as long as it runs. */
export const tag = document.currentScript as HTMLScriptElement | null;
/** Where the script came from. */
export const home = tag?.src ? new URL(tag.src) : undefined;
/** Where events go. */
export const endpoint = new URL("/v1/collect", home?.href || location.href).href;

/** Runs `work`; whatever goes wrong stays here. */
export function safely<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

/** Hears what is in `queue` already and everything that is pushed later. */
export function hear(queue: { push(...entries: unknown[]): unknown } & ArrayLike<unknown>, entry: (said: unknown) => void): void {
  const before = Array.from(queue);
  const push = queue.push;
  queue.push = function (...entries: unknown[]) {
    entries.forEach((said) => safely(() => entry(said)));
    return push.apply(queue, entries);
  };
  before.forEach((said) => safely(() => entry(said)));
}

/** Returns `payload` under native names; members that have none keep their own. */
export function renamed(payload: Payload, names: Record<string, string>): Payload {
  const out: Payload = {};
  for (const [name, value] of Object.entries(payload)) if (value != null && value !== "") out[names[name] || name] = value;
  return out;
}

/** Returns a decimal in millionths; `undefined` for what is none. */
export function millionths(value: unknown): number | undefined {
  const number = Number(value);
  return value == null || value === "" || !isFinite(number) ? undefined : Math.round(number * 1e6);
}

/** Returns millionths as decimal text. */
export const decimal = (value: number): string => String(Number((value / 1e6).toFixed(6)));
