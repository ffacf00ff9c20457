// Every screen, in the order of the navigation: its path, its icon, and how it is loaded when it is first asked for.

import type { ComponentType } from "preact";
import { speakMore } from "../i18n";
import type { IconName } from "../parts/icon";
import { isShare } from "../state/session";
import { Overview } from "./overview";

export interface Screen {
  name: IconName | "tally" | "behaviour";
  path: string;
  icon: IconName;
  group: "today" | "sales" | "marketing" | "data";
  /** Whether the period and the filter say something here. */
  hasPeriod?: boolean;
  hasFilter?: boolean | "lists";
  /** Whether it shows figures alone, of reports and analyses: shared links reach nothing else. */
  isShared?: boolean;
  load: () => Promise<ComponentType>;
}

export const SCREENS: Screen[] = [
  { name: "overview", isShared: true, path: "/", icon: "overview", group: "today", hasPeriod: true, hasFilter: true, load: async () => Overview },
  { name: "live", path: "/live", icon: "live", group: "today", load: async () => (await import("./live")).Live },
  { name: "products", isShared: true, path: "/products", icon: "products", group: "sales", hasPeriod: true, hasFilter: true, load: async () => (await import("./products")).Products },
  { name: "orders", path: "/orders", icon: "orders", group: "sales", hasPeriod: true, hasFilter: "lists", load: async () => (await import("./orders")).Orders },
  { name: "carts", path: "/carts", icon: "carts", group: "sales", hasPeriod: true, hasFilter: "lists", load: async () => (await import("./carts")).Carts },
  { name: "customers", path: "/customers", icon: "customers", group: "sales", hasPeriod: true, hasFilter: true, load: async () => (await import("./customers")).Customers },
  { name: "acquisition", isShared: true, path: "/acquisition", icon: "acquisition", group: "marketing", hasPeriod: true, hasFilter: true, load: async () => (await import("./acquisition")).Acquisition },
  { name: "attribution", isShared: true, path: "/attribution", icon: "attribution", group: "marketing", hasPeriod: true, hasFilter: true, load: async () => (await import("./attribution")).Attribution },
  { name: "funnels", isShared: true, path: "/funnels", icon: "funnels", group: "marketing", hasPeriod: true, hasFilter: true, load: async () => (await import("./funnels")).Funnels },
  { name: "behaviour", isShared: true, path: "/behaviour", icon: "table", group: "marketing", hasPeriod: true, hasFilter: true, load: async () => (await import("./behaviour")).Behaviour },
  { name: "cohorts", isShared: true, path: "/cohorts", icon: "cohorts", group: "marketing", hasPeriod: true, hasFilter: true, load: async () => (await import("./cohorts")).Cohorts },
  { name: "segments", path: "/segments", icon: "segments", group: "marketing", hasPeriod: true, load: async () => (await import("./segments")).Segments },
  { name: "explore", isShared: true, path: "/explore", icon: "explore", group: "data", hasPeriod: true, hasFilter: true, load: async () => (await import("./explore")).Explore },
  { name: "tally", path: "/tally", icon: "check", group: "data", load: async () => (await import("./tally")).Tally },
  { name: "health", path: "/health", icon: "health", group: "data", load: async () => (await import("./health")).Health },
  { name: "glossary", isShared: true, path: "/glossary", icon: "glossary", group: "data", load: async () => (await import("./glossary")).Glossary },
  { name: "settings", path: "/settings", icon: "settings", group: "data", load: async () => (await import("./settings")).Settings },
];

/** The screens that the session reaches. */
export const reachable = () => (isShare.value ? SCREENS.filter((screen) => screen.isShared) : SCREENS);

/** Screens of one thing, reached from a list. */
const DETAILS: { path: string; load: () => Promise<ComponentType> }[] = [
  { path: "/orders/", load: async () => (await import("./order")).OrderScreen },
  { path: "/carts/", load: async () => (await import("./cart")).CartScreen },
  { path: "/customers/", load: async () => (await import("./customer")).CustomerScreen },
  { path: "/visitors/", load: async () => (await import("./visitor")).VisitorScreen },
];

/** Returns the screen of the navigation that `path` belongs to. */
export function screenAt(path: string): Screen | undefined {
  const head = `/${path.split("/")[1] ?? ""}`;
  return SCREENS.find((screen) => screen.path === (head === "/visitors" ? "/customers" : head));
}

/** Returns how the screen at `path` is loaded, and its own name for telling screens apart. */
export function loaderAt(path: string): { key: string; load: () => Promise<ComponentType> } | null {
  const detail = DETAILS.find((one) => path.startsWith(one.path) && path.length > one.path.length);
  if (detail) return { key: detail.path, load: withWords(detail.load) };
  const screen = screenAt(path);
  if (!screen) return null;
  return { key: screen.path, load: screen.path === "/" ? screen.load : withWords(screen.load) };
}

/** Loads a screen together with its words. */
const withWords = (load: Screen["load"]) => async () => {
  const [found] = await Promise.all([load(), speakMore()]);
  return found;
};
