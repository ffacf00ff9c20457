// Filters as the API writes them: `channel==Email;country==DE,country==AT`, `;` is and, `,` is or.

import { computed } from "@preact/signals";
import { hereWith, query, set } from "./url";

export type Sign = "==" | "!=" | "=@";
export const SIGNS: Sign[] = ["==", "!=", "=@"];

export interface Condition {
  dimension: string;
  sign: Sign;
  /** Empty for "unknown". */
  value: string;
}

/** Conditions that all hold; of each, one alternative. */
export type Filter = Condition[][];

const escaped = (value: string) => value.replace(/[\\;,]/g, "\\$&");

function split(text: string, separator: string): string[] {
  const parts = [""];
  let isEscaped = false;
  for (const c of text) {
    if (c === separator && !isEscaped) parts.push("");
    else parts[parts.length - 1] += c;
    isEscaped = c === "\\" && !isEscaped;
  }
  return parts.filter((part) => part.trim() !== "");
}

function readCondition(text: string): Condition | null {
  const found = /==|!=|=@/.exec(text);
  if (!found) return null;
  const value = text.slice(found.index + 2).replace(/\\(.?)/gs, "$1");
  return { dimension: text.slice(0, found.index).trim(), sign: found[0] as Sign, value };
}

/** Reads a filter; what cannot be read is left out, and the server says so of the rest. */
export function readFilter(text: string): Filter {
  const all = split(text, ";").map((part) => split(part, ",").map(readCondition));
  return all.map((any) => any.filter((c) => c !== null)).filter((any) => any.length > 0);
}

/** Writes a filter. */
export function writeFilter(filter: Filter): string {
  return filter.map((any) => any.map((c) => `${c.dimension}${c.sign}${escaped(c.value)}`).join(",")).join(";");
}

/** The filter in the address. */
export const filter = computed(() => readFilter(query.value.get("filter") ?? ""));

/** Returns the text of the filter with `more` conditions. */
export function narrowed(more: Condition[]): string {
  return writeFilter([...filter.value, ...more.map((condition) => [condition])]);
}

const same = (a: Condition, b: Condition) => a.dimension === b.dimension && a.sign === b.sign && a.value === b.value;

/** Says whether the filter holds this condition by itself. */
export function holds(condition: Condition): boolean {
  return filter.value.some((any) => any.length === 1 && same(any[0]!, condition));
}

/** Adds a condition to the filter, or takes it away. */
export function toggle(condition: Condition): void {
  const rest = filter.value.filter((any) => !(any.length === 1 && same(any[0]!, condition)));
  const next = rest.length < filter.value.length ? rest : [...filter.value, [condition]];
  set({ filter: writeFilter(next) || null });
}

/** Returns the address without the condition at `index`. */
export function without(index: number): string {
  return hereWith({ filter: writeFilter(filter.value.filter((_, at) => at !== index)) || null });
}
