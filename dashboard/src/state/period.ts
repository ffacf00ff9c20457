// The one period of every screen: a preset that moves with the days, or two days.

import { computed, signal } from "@preact/signals";
import { dayIn, daysBetween, isDay, monthStart, plusDays } from "./days";
import { site } from "./session";
import { query } from "./url";

export const PRESETS = [
  "today",
  "yesterday",
  "7d",
  "30d",
  "90d",
  "365d",
  "month",
  "last_month",
  "year",
  "last_year",
] as const;
export type Preset = (typeof PRESETS)[number];

export type Compare = "previous_period" | "previous_year" | "none";

export interface Period {
  from: string;
  to: string;
  preset: Preset | "custom";
}

/** Turns with the minute, so that an open dashboard walks into the next day. */
const minute = signal(0);
setInterval(() => minute.value++, 60_000);

/** Today in the site's zone. */
export const today = computed(() => {
  void minute.value;
  return dayIn(site.value?.timezone ?? "UTC", new Date());
});

/** Returns the days of a preset. */
export function daysOf(preset: Preset, now: string): { from: string; to: string } {
  switch (preset) {
    case "today":
      return { from: now, to: now };
    case "yesterday":
      return { from: plusDays(now, -1), to: plusDays(now, -1) };
    case "7d":
    case "30d":
    case "90d":
    case "365d":
      return { from: plusDays(now, 1 - Number.parseInt(preset, 10)), to: now };
    case "month":
      return { from: monthStart(now), to: now };
    case "last_month":
      return { from: monthStart(now, -1), to: plusDays(monthStart(now), -1) };
    case "year":
      return { from: `${now.slice(0, 4)}-01-01`, to: now };
    case "last_year": {
      const year = Number(now.slice(0, 4)) - 1;
      return { from: `${year}-01-01`, to: `${year}-12-31` };
    }
  }
}

/** The period in the address; thirty days without one. */
export const period = computed<Period>(() => {
  const [from, to] = [query.value.get("from"), query.value.get("to")];
  if (isDay(from) && isDay(to) && from <= to) return { from, to, preset: "custom" };
  const named = query.value.get("period") as Preset | null;
  const preset = named && PRESETS.includes(named) ? named : "30d";
  return { ...daysOf(preset, today.value), preset };
});

/** What figures are compared with. */
export const compare = computed<Compare>(() => {
  const named = query.value.get("compare");
  return named === "previous_year" || named === "none" ? named : "previous_period";
});

export type Granularity = "hour" | "day" | "week" | "month";
export const GRANULARITIES: Granularity[] = ["hour", "day", "week", "month"];

/** Steps of a chart: those asked for where they make sense, else what reads well for the period's length. */
export const granularity = computed<Granularity>(() => {
  const days = daysBetween(period.value.from, period.value.to);
  const asked = query.value.get("by") as Granularity | null;
  if (asked && GRANULARITIES.includes(asked) && !(asked === "hour" && days > 31)) return asked;
  if (days <= 2) return "hour";
  return days <= 92 ? "day" : days <= 200 ? "week" : "month";
});

/** Says whether the period's last step still runs. */
export const isOpen = computed(() => period.value.to >= today.value);
