/** What a page may say to the tracker: events, commands and options. */
import type { Common, Custom, Events, Person } from "./events";

export type * from "./events";

/** How the tracker behaves; `data-*` attributes of the script say the same. */
export interface Options {
  /** The site's collect key or number. */
  site: string | number;
  /** Where events go; beside the script if missing. */
  endpoint?: string;
  /** `true` (default): a first-party cookie, the server's where it can, holds the visitor's id. `false`: nothing is kept on the device but what has not been sent. */
  cookies?: boolean;
  /** `true` (default): page views are told without a call. */
  auto?: boolean;
  /** `true`: nothing is told before `consent` is granted; what happened on the page is told then. */
  wait?: boolean;
  /** Own hosts to which links carry the visitor's id. */
  domains?: string[];
}

/** What the site's settings say, put before the script by the server; options of the page win over it. */
export interface Preset extends Options {
  /** `false`: Global Privacy Control is not heard (setting `gpc=ignore`). */
  gpc?: boolean;
  /** Own hosts, without `www.`, whose pages have the server's owner: there it keeps the visitor's id in a cookie of its own. */
  hosts?: string[];
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
  /** Returns the visitor's id; `undefined` without one: cookieless, before the script is there, or before the server's first answer where that keeps it. */
  getVisitorId?(): string | undefined;
  /** Returns what a checkout form hands to the shop's server as `visitor_id`; puts it into `form` as a hidden field, as soon as it is known. */
  attach?(form?: HTMLFormElement): string | undefined;
  q?: unknown[];
}
