/** ahoy.js: `ahoy.track` with native names and payloads, and its helpers for views, clicks and forms. */
import "../script";
import { getVisitorId, init, reset, track } from "../core";
import { endpoint, safely, type Payload } from "./common";

const w = window as unknown as { ahoy?: Record<string, unknown> };

/** Names of docs/events.md that `properties` are the payload of. */
const NATIVE = /^(view_|select_|add_|remove_from_cart|cart_update|begin_checkout|purchase|order_|refund|search|goal|identify)/;

const said = (element: Element): Payload => ({
  tag: element.tagName.toLowerCase(),
  id: element.id || undefined,
  class: element.className || undefined,
  text: (element.textContent || "").trim().slice(0, 100) || undefined,
  href: (element as HTMLAnchorElement).href || undefined,
  section: element.closest("[data-section]")?.getAttribute("data-section") || undefined,
});

const on = (kind: string, name: string) => (selector = "a, button, input[type=submit], form") =>
  document.addEventListener(kind, (event) => {
    const element = (event.target as Element).closest?.(selector);
    if (element && !element.closest("[data-ahoy-skip]")) track(name, { properties: said(element) });
  });

safely(() => {
  // Which shop it is, its own host tells.
  init({ site: "host:" + location.hostname, endpoint, auto: false });
  w.ahoy = {
    configure() {},
    ready: (done?: () => void) => done?.(),
    start() {},
    track: (name: string, properties: Payload = {}) =>
      safely(() => track(name == "$view" ? "page_view" : name, NATIVE.test(name) ? properties : { properties })),
    trackView: () => safely(() => track("page_view")),
    trackClicks: on("click", "click"),
    trackSubmits: on("submit", "form_submit"),
    trackChanges() {},
    trackAll() {
      (w.ahoy as { trackView(): void; trackClicks(): void; trackSubmits(): void }).trackView();
      (w.ahoy as { trackClicks(): void }).trackClicks();
      (w.ahoy as { trackSubmits(): void }).trackSubmits();
    },
    getVisitId: () => undefined,
    getVisitorId,
    getVisitorToken: getVisitorId,
    reset,
  };
});
