// Civil days as text, `2026-03-02`: what they are is the site's zone's affair, counting them is not.

const DAY_MS = 86_400_000;

const number = (day: string) => Date.parse(`${day}T00:00:00Z`) / DAY_MS;
const text = (n: number) => new Date(n * DAY_MS).toISOString().slice(0, 10);

/** Says whether `value` is a day. */
export function isDay(value: string | null): value is string {
  if (value === null || !/^\d{4}-\d\d-\d\d$/.test(value)) return false;
  const at = Date.parse(`${value}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().slice(0, 10) === value;
}

/** Returns the day `count` days after `day`. */
export const plusDays = (day: string, count: number): string => text(number(day) + count);

/** Returns how many days there are from `from` to `to`, both included. */
export const daysBetween = (from: string, to: string): number => number(to) - number(from) + 1;

/** Returns the first day of the month `count` months after that of `day`. */
export function monthStart(day: string, count = 0): string {
  const [year, month] = day.split("-").map(Number) as [number, number];
  return new Date(Date.UTC(year, month - 1 + count, 1)).toISOString().slice(0, 10);
}

/** Returns the civil day of `instant` in `zone`. */
export function dayIn(zone: string, instant: Date): string {
  const parts = new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" });
  return parts.format(instant);
}
