// Figures and dates as the reader's language writes them, in the shop's zone. Decimal text is formatted as it is:
// nothing passes through a binary float on its way to the eye.

import type { Cell } from "../api/types";
import { site } from "../state/session";
import { locale, maybe, t } from "./index";

const made = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat | Intl.DisplayNames | Intl.RelativeTimeFormat>();

function once<T extends Intl.NumberFormat | Intl.DateTimeFormat | Intl.DisplayNames | Intl.RelativeTimeFormat>(
  key: string,
  make: () => T,
): T {
  const name = `${locale.value} ${key}`;
  const known = made.get(name);
  if (known) return known as T;
  const fresh = make();
  made.set(name, fresh);
  return fresh;
}

const numbers = (key: string, options: Intl.NumberFormatOptions) =>
  once(key, () => new Intl.NumberFormat(locale.value, options));

export const NOTHING = "–";

/** Returns money; `currency` is an ISO 4217 code. */
export function money(value: string | number, currency: string): string {
  try {
    return numbers(`money ${currency}`, { style: "currency", currency, currencyDisplay: "narrowSymbol" }).format(value as never);
  } catch {
    // A currency that the browser does not know is written as it came.
    return `${value} ${currency}`;
  }
}

/** Returns how long `seconds` are, such as "3 m 20 s". */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const parts: [number, string][] = [
    [Math.floor(whole / 86400), "day"],
    [Math.floor((whole % 86400) / 3600), "hour"],
    [Math.floor((whole % 3600) / 60), "minute"],
    [whole % 60, "second"],
  ];
  const first = parts.findIndex(([n]) => n > 0);
  const shown = first < 0 ? parts.slice(3) : parts.slice(first, first + 2).filter(([n]) => n > 0);
  const write = ([n, unit]: [number, string]) =>
    numbers(`unit ${unit}`, { style: "unit", unit, unitDisplay: "narrow" }).format(n);
  return shown.map(write).join(" ");
}

/** Returns a figure in its unit: count, quantity, percent, ratio, seconds or a currency. */
export function figure(value: Cell | undefined, unit: string | null): string {
  if (value === null || value === undefined || value === "") return NOTHING;
  if (typeof value === "boolean") return value ? t("yes") : t("no");
  switch (unit) {
    case "count":
      return numbers("count", { maximumFractionDigits: 0 }).format(value as never);
    case "quantity":
      return numbers("quantity", { maximumFractionDigits: 4 }).format(value as never);
    case "percent":
      return numbers("percent", { style: "percent", minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(value as never);
    case "ratio":
      return numbers("ratio", { minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(value as never);
    case "seconds":
      return duration(Number(value));
    case "days":
      return numbers("days", { style: "unit", unit: "day", unitDisplay: "short", maximumFractionDigits: 1 }).format(value as never);
    case null:
    case "":
    case "number":
      return Number.isFinite(Number(value)) ? numbers("plain", { maximumFractionDigits: 4 }).format(value as never) : String(value);
    default:
      return /^[A-Z]{3}$/.test(unit) ? money(value, unit) : `${value}`;
  }
}

/** Returns a short figure for an axis. */
export function short(value: number, unit: string | null): string {
  if (unit === "percent") return numbers("axis %", { style: "percent", maximumFractionDigits: 2 }).format(value);
  const options: Intl.NumberFormatOptions = { notation: "compact", maximumFractionDigits: 2 };
  if (unit && /^[A-Z]{3}$/.test(unit)) Object.assign(options, { style: "currency", currency: unit, currencyDisplay: "narrowSymbol", minimumFractionDigits: 0 });
  return numbers(`axis ${unit}`, options).format(value);
}

/** Returns by how much `now` differs from `before`, as a share; null where that says nothing. */
export function changeOf(now: Cell | undefined, before: Cell | undefined): number | null {
  if (now === null || now === undefined || before === null || before === undefined) return null;
  const [a, b] = [Number(now), Number(before)];
  if (!Number.isFinite(a) || !Number.isFinite(b) || b === 0) return null;
  return (a - b) / Math.abs(b);
}

export function change(share: number): string {
  const digits = Math.abs(share) >= 10 ? 0 : 1;
  return numbers(`change ${digits}`, { style: "percent", signDisplay: "exceptZero", minimumFractionDigits: digits, maximumFractionDigits: digits }).format(share);
}

const dates = (key: string, options: Intl.DateTimeFormatOptions) =>
  once(key, () => new Intl.DateTimeFormat(locale.value, options));

const zone = () => site.value?.timezone ?? "UTC";

/** Returns a civil day; it is nobody's instant, so no zone moves it. */
export function day(text: string, form: "short" | "long" | "month" | "weekday" = "short"): string {
  const at = new Date(`${text.length === 7 ? `${text}-01` : text}T00:00:00Z`);
  if (Number.isNaN(at.getTime())) return text;
  const options: Record<string, Intl.DateTimeFormatOptions> = {
    short: { day: "numeric", month: "short" },
    long: { day: "numeric", month: "short", year: "numeric" },
    month: { month: "short", year: "numeric" },
    weekday: { weekday: "short", day: "numeric", month: "short", year: "numeric" },
  };
  return dates(`day ${form}`, { ...options[form], timeZone: "UTC" }).format(at);
}

/** Returns two days as a range. */
export function days(from: string, to: string): string {
  const [a, b] = [new Date(`${from}T00:00:00Z`), new Date(`${to}T00:00:00Z`)];
  const form = dates("range", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
  return from === to ? form.format(a) : form.formatRange(a, b);
}

/** Returns an instant in the shop's zone. */
export function instant(text: string | null | undefined, form: "full" | "time" | "short" = "full"): string {
  if (!text) return NOTHING;
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) return text;
  const options: Record<string, Intl.DateTimeFormatOptions> = {
    full: { dateStyle: "medium", timeStyle: "medium" },
    short: { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" },
    time: { hour: "2-digit", minute: "2-digit", second: "2-digit" },
  };
  return dates(`instant ${form} ${zone()}`, { ...options[form], timeZone: zone() }).format(at);
}

/** Returns how long ago an instant was. */
export function ago(text: string): string {
  const seconds = (Date.parse(text) - Date.now()) / 1000;
  const steps: [number, Intl.RelativeTimeFormatUnit][] = [[86400, "day"], [3600, "hour"], [60, "minute"], [1, "second"]];
  const [size, unit] = steps.find(([size]) => Math.abs(seconds) >= size) ?? [1, "second"];
  const form = once("ago", () => new Intl.RelativeTimeFormat(locale.value, { numeric: "auto", style: "short" }));
  return form.format(Math.round(seconds / size), unit);
}

function named(kind: "region" | "language" | "currency", code: string): string {
  try {
    return once(`names ${kind}`, () => new Intl.DisplayNames(locale.value, { type: kind })).of(code) ?? code;
  } catch {
    return code;
  }
}

/** Returns the value of a dimension as people read it. */
export function value(dimension: string, cell: Cell | undefined): string {
  if (cell === null || cell === undefined || cell === "") return t("unknown");
  const text = String(cell);
  switch (dimension) {
    case "day":
      return day(text, "weekday");
    case "week":
      return day(text, "long");
    case "month":
    case "first_order_month":
    case "cohort":
      return /^\d{4}-\d\d/.test(text) ? day(text, "month") : text;
    case "hour":
    case "at":
      return instant(text, "short");
    case "weekday":
      return dates("weekday name", { weekday: "long", timeZone: "UTC" }).format(new Date(Date.UTC(2024, 0, Number(text))));
    case "country":
      return named("region", text);
    case "language":
      return named("language", text);
    case "currency":
      return `${text} · ${named("currency", text)}`;
    default:
      return maybe(`value.${dimension}.${text}`, text);
  }
}
