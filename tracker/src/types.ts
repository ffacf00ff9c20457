/** What a page may say to the tracker: events, commands and options. */
import type { Common, Custom, Events, Person } from "./events";

export type * from "./events";

/** How the tracker behaves; `data-*` attributes of the script say the same. */
export interface Options {
  /** The site's collect key or number. */
  site: string | number;
  /** Where events go; beside the script if missing. */
  endpoint?: string;
  /** `true` (default): a first-party cookie holds the visitor's id. `false`: nothing is kept on the device but what has not been sent. */
  cookies?: boolean;
  /** `true` (default): page views are told without a call. */
  auto?: boolean;
  /** `true`: nothing is told before `consent` is granted; what happened on the page is told then. */
  wait?: boolean;
  /** Own hosts to which links carry the visitor's id. */
  domains?: string[];
}

/** The function `tallyho`. */
export interface Tallyho {
  (command: "init", options: Options): void;
  (command: "identify", person: Person): void;
  (command: "reset"): void;
  (command: "consent", state: "grant" | "deny"): void;
  (command: "observe", root?: ParentNode): void;
  <N extends keyof Events>(event: N, payload: Events[N]): void;
  (event: "page_view" | "login" | "sign_up"): void;
  <N extends string>(event: Custom<N>, payload?: Common & Record<string, unknown>): void;
  /** Returns the visitor's id; `undefined` without one (cookieless, or before the script is there). */
  getVisitorId?(): string | undefined;
  /** Returns what a checkout form hands to the shop's server as `visitor_id`; puts it into `form` as a hidden field. */
  attach?(form?: HTMLFormElement): string | undefined;
  q?: unknown[];
}
