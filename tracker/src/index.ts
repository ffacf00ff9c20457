/** The npm package: the same tracker for bundlers. Safe to import on a server, where it does nothing. */
import { attach as attachTo, getVisitorId as visitor, identify as who, init as begin, reset as forget, setConsent, track as tell } from "./core";
import { observe as watch } from "./impressions";
import type { Custom, Events, Options, Person } from "./types";

export type * from "./types";

const inBrowser = typeof window != "undefined" && typeof document != "undefined";

function safely<T>(work: () => T): T | undefined {
  if (!inBrowser) return undefined;
  try {
    return work();
  } catch {
    return undefined;
  }
}

/** Begins, once. */
export function init(options: Options): void {
  safely(() => begin(options));
}

/** Tells an event of docs/events.md, or one with a name of your own. */
export function track<N extends keyof Events>(event: N, payload: Events[N]): void;
export function track<N extends string>(event: Custom<N>, payload?: Record<string, unknown>): void;
export function track(event: string, payload?: object): void {
  safely(() => tell(event, payload as Record<string, unknown>));
}

/** Says who the visitor is. */
export function identify(person: Person): void {
  safely(() => who(person as Record<string, unknown>));
}

/** Makes the visitor somebody new: after a log-out. */
export function reset(): void {
  safely(forget);
}

/** Takes the visitor's word on being recognised. */
export function consent(state: "grant" | "deny"): void {
  safely(() => setConsent(state));
}

/** Tells the products with `data-tallyho-item` below `root` as they come into view. */
export function observe(root?: ParentNode): void {
  safely(() => watch(root || document, (items) => tell("view_item_list", { items })));
}

/** Returns the visitor's id; `undefined` without one. */
export function getVisitorId(): string | undefined {
  return safely(visitor);
}

/** Returns what a checkout form hands to the shop's server as `visitor_id`; puts it into `form` as a hidden field. */
export function attach(form?: HTMLFormElement): string | undefined {
  return safely(() => attachTo(form));
}
