// Reports are asked for here: the path of a question, and rows by the names of their columns.

import type { Cell, Report } from "./types";
import { compare, period } from "../state/period";
import { narrowed, type Condition } from "../state/filters";
import { listsTakeFilters } from "../state/catalogue";
import { base } from "../state/session";
import { query } from "../state/url";

export interface Question {
  metrics: string[];
  dimensions?: string[];
  granularity?: string;
  /** Whether the comparison of the screen is asked for as well. */
  isCompared?: boolean;
  order?: string;
  limit?: number;
  offset?: number;
  /** In place of the screen's period. */
  from?: string;
  to?: string;
  /** Beside the screen's filter. */
  also?: Condition[];
  /** Whether the screen's filter is left aside. */
  isUnfiltered?: boolean;
  /** Saved segments side by side, `all` for everything; they stand in the place of a comparison of periods. */
  segments?: string[];
}

/** Returns the parameters that every analysis of the screen shares: period, filter, segment. */
export function scope(question: Partial<Question> = {}): URLSearchParams {
  const parameters = new URLSearchParams();
  parameters.set("from", question.from ?? period.value.from);
  parameters.set("to", question.to ?? period.value.to);
  const filter = question.isUnfiltered ? "" : narrowed(question.also ?? []);
  if (filter) parameters.set("filter", filter);
  const segment = query.value.get("segment");
  if (segment && !question.isUnfiltered) parameters.set("segment", segment);
  return parameters;
}

/** Returns the path that asks a report. */
export function reportPath(question: Question): string {
  const parameters = new URLSearchParams();
  parameters.set("metrics", question.metrics.join(","));
  if (question.dimensions?.length) parameters.set("dimensions", question.dimensions.join(","));
  if (question.granularity) parameters.set("granularity", question.granularity);
  for (const [name, value] of scope(question)) parameters.set(name, value);
  if (question.segments?.length) parameters.set("compare_segments", question.segments.join(","));
  else if (question.isCompared && compare.value !== "none") parameters.set("compare", compare.value);
  if (question.order) parameters.set("order", question.order);
  if (question.limit !== undefined) parameters.set("limit", String(question.limit));
  if (question.offset) parameters.set("offset", String(question.offset));
  return `${base.value}/report?${readable(parameters)}`;
}

/** Returns the path of another analysis of the screen's period and filter. */
export function analysisPath(name: string, extra: Record<string, string> = {}): string {
  const parameters = scope();
  for (const [key, value] of Object.entries(extra)) if (value) parameters.set(key, value);
  return `${base.value}/${name}?${readable(parameters)}`;
}

/** Returns the path of a list of things one by one, narrowed as the screen is where the server can do that. */
export function listPath(name: string, extra: Record<string, string>): string {
  const parameters = new URLSearchParams(extra);
  for (const [key, value] of scope()) {
    if ((key === "filter" || key === "segment") && listsTakeFilters.value) parameters.set(key, value);
  }
  return `${base.value}/${name}?${readable(parameters)}`;
}

/** Writes a query that people can read: commas and colons need no escape. */
function readable(parameters: URLSearchParams): string {
  return parameters.toString().replaceAll("%2C", ",").replaceAll("%3A", ":");
}

/** Returns the place of the column `name`, -1 without one. */
export const columnOf = (report: Report, name: string): number => report.columns.findIndex((c) => c.name === name);

/** Returns the cell of the totals. */
export function total(report: Report, name: string): Cell {
  return report.totals[columnOf(report, name)] ?? null;
}

/** Returns a figure for drawing, where a float will do; null for unknown. */
export function drawn(cell: Cell | undefined): number | null {
  if (cell === null || cell === undefined || cell === "") return null;
  const number = Number(cell);
  return Number.isFinite(number) ? number : null;
}
