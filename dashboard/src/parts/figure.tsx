// A figure of the API's answer. It carries where it comes from (`data-call`, `data-at`), so that a test can compare every
// one on every screen with the answer, and a press on it explains it.

import { signal } from "@preact/signals";
import type { Cell } from "../api/types";
import type { Condition } from "../state/filters";
import { t } from "../i18n";
import * as format from "../i18n/format";
import { metricNamed } from "../state/catalogue";
import { metricLabel } from "../i18n/names";

/** A figure that is to be explained. */
export interface Explained {
  metric: string;
  value: Cell;
  unit: string | null;
  call: string;
  also: Condition[];
}

export const explained = signal<Explained | null>(null);

export interface FigureProps {
  value: Cell | undefined;
  unit: string | null;
  /** The request that answered it, and the path to it in the answer, such as `rows.3.1`. */
  call: string;
  at: string;
  /** The metric's name, where a press explains the figure. */
  metric?: string;
  also?: Condition[];
  /** For the roving focus in tables. */
  tabIndex?: number;
}

/** Returns what a figure says of where it comes from. */
export function origin({ value, unit, call, at, metric }: FigureProps): Record<string, string> {
  const told: Record<string, string> = { "data-call": call, "data-at": at, "data-value": JSON.stringify(value ?? null) };
  if (unit) told["data-unit"] = unit;
  if (metric) told["data-metric"] = metric;
  return told;
}

export function Figure(props: FigureProps) {
  const { value, unit, metric, call, also = [], tabIndex } = props;
  const text = format.figure(value, unit);
  if (!metric || !metricNamed(metric)) return <span class="figure" {...origin(props)}>{text}</span>;
  return (
    <button
      type="button"
      class="figure"
      tabIndex={tabIndex}
      title={t("explain.press")}
      onClick={() => (explained.value = { metric, value: value ?? null, unit, call, also })}
      {...origin(props)}
    >
      {text}
      <span class="hidden">{`, ${metricLabel(metric)}: ${t("explain.press")}`}</span>
    </button>
  );
}

/** Metrics of which less is better. */
const LESS_IS_BETTER = /refund|returns|returned|return_rate|discount_rate|abandon|bounce|cancel|unconverted|without|over_refunded|^unit_cost|^discounts|^difference/;

export interface ChangeProps {
  metric: string;
  now: Cell | undefined;
  before: Cell | undefined;
  call: string;
  /** Paths to both in the answer. */
  at: string;
  base: string;
}

/** By how much a figure differs from the one it is compared with. */
export function Change({ metric, now, before, call, at, base }: ChangeProps) {
  const share = format.changeOf(now, before);
  if (share === null) return <span class="change">{format.NOTHING}</span>;
  const isBetter = share > 0 !== LESS_IS_BETTER.test(metric);
  const mood = Math.abs(share) < 0.0005 ? "" : isBetter ? "better" : "worse";
  return (
    <span class={`change ${mood}`} data-derived="change" data-call={call} data-at={at} data-base={base}>
      <span aria-hidden="true">{share > 0.0005 ? "▲" : share < -0.0005 ? "▼" : ""}</span>
      {format.change(share)}
    </span>
  );
}
