/**
 * The tracker: what a page says becomes events in the outbox. Nothing here may ever throw into the page.
 *
 * Reading order: `types.ts` what can be said, `pages.ts` when pages are seen, `visitor.ts` who sees them, `outbox.ts` how
 * it gets to the server, `memory.ts` what is kept on the device.
 */
import { hash, newId } from "./ids";
import { allow, read, write } from "./memory";
import { flush, put, type Line, type Sent } from "./outbox";
import { onLeave, onPage, onShown } from "./pages";
import type { Preset } from "./types";
import { arrive, carry, forget, isKept, isTold, visitorId } from "./visitor";

type Payload = Record<string, unknown>;

/** How many orders of this device are remembered as told. */
const ORDERS_MAX = 50;

/** How many events wait in memory for the tracker to begin. */
const EARLY_MAX = 200;

let options: Preset | undefined;
let consent: "grant" | "deny" | undefined;
let ready: Line | undefined;
let early: [string, Payload][] = [];
let person: Payload = {};
let page: Payload = {};
const forms: HTMLFormElement[] = [];
/** While the page goes away everything is sent together, once. */
let leaving = false;
/** Whether anything was told since the page went out of view. */
let fresh = false;

const gpc = () => (navigator as Navigator & { globalPrivacyControl?: boolean }).globalPrivacyControl;
/** Says whether the device may be recognised again. */
const mayRecognise = () => options?.cookies !== false && consent != "deny" && (options?.gpc === false || !gpc() || consent == "grant");

/** Begins, once. What was said before is told now. */
export function init(given: Preset): void {
  if (options || !given.site) return;
  options = given;
  const script = document.currentScript as HTMLScriptElement | null;
  // The script sends to its own path: /s/WORD.js, /s/WORD.HASH.js -> /s/WORD.
  const endpoint = given.endpoint || (script?.src || "/v1/collect").replace(/(\/s\/\w+)[^/]*$/, "$1");
  // With cookies only where server and page have one owner: answers to others could not be read then.
  const isBeside = !given.endpoint && given.hosts?.includes(location.hostname.replace(/^www\./, ""));
  const isSame = new URL(endpoint, location.href).origin == location.origin;
  const may = isBeside ? "include" : isSame ? "same-origin" : "omit";
  onShown(() => {
    arrive();
    ready = { endpoint, site: given.site, may, credentials: may, id: () => (mayRecognise() ? visitorId() : undefined), heard: fill };
    refuse();
    settle();
    carry(given.domains || [], getVisitorId);
    if (given.auto !== false) {
      onPage((referrer) => {
        page = { url: location.href, title: document.title, referrer };
        track("page_view");
      });
    }
    onLeave((ms) => {
      leaving = true;
      if (ms > 999) track("ping", { engagement_ms: ms });
      leaving = false;
      // A page goes out of view and then away: the second time only what was told in between is left to send.
      if (ready && !isHeld() && (ms || fresh)) flush(ready, true);
      fresh = false;
    });
    addEventListener("online", send);
    release();
    // Whatever an earlier page could not send.
    send();
  });
}

/** Brings what is kept and what travels in line with what is allowed now. */
function settle(): void {
  const allowed = mayRecognise();
  allow(allowed);
  if (!ready) return;
  ready.credentials = allowed ? ready.may : "omit";
  if (!allowed && isKept()) forget();
}

/**
 * Forgets the visitor where consent is denied; on every page, since an answer that came late may have set the server's
 * cookie once more, and nothing on the device may say so.
 */
function refuse(): void {
  if (consent == "deny") forget(mayBeKept());
}

/** Says whether events wait for consent. */
const isHeld = () => !!options?.wait && !consent;

function send(): void {
  if (ready && !isHeld() && !leaving) flush(ready);
}

function release(): void {
  if (!ready || isHeld()) return;
  const waiting = early;
  early = [];
  for (const [name, payload] of waiting) say(name, payload);
}

/** Tells an event. Before the tracker is ready, or while it waits for consent, it is kept in memory. */
export function track(name: string, payload: Payload = {}): void {
  const told: Payload = { ...payload, occurred_at: payload.occurred_at || new Date().toISOString() };
  if (name != "identify" && !told.page) told.page = here();
  if (!ready || isHeld()) early.length < EARLY_MAX && early.push([name, told]);
  else say(name, told);
}

const here = () => (page.url == location.href ? page : { url: location.href, title: document.title, referrer: document.referrer });

function say(name: string, payload: Payload): void {
  const order = name == "purchase" && payload.transaction_id;
  if (order && isKnown(String(order))) return;
  const event = { id: newId(), name, ...person, ...payload } as Sent;
  const visitor = mayRecognise() && visitorId();
  // Where the server may know better, it names the visitor.
  if (visitor && (ready!.may == "omit" || isTold())) event.visitor_id = visitor;
  if (consent) event.consent = consent == "grant" ? "analytics" : "none";
  event.screen = screen.width + "x" + screen.height;
  put(event);
  fresh = true;
  if (order) remember(String(order));
  send();
}

/** Says whether an order was told by this device before, on whichever page or tab. */
function isKnown(order: string): boolean {
  return read("p").split(" ").includes(hash(order));
}

function remember(order: string): void {
  write("p", read("p").split(" ").slice(1 - ORDERS_MAX).concat(hash(order)).join(" ").trim());
}

/** Says who the visitor is, from here on. */
export function identify(who: Payload): void {
  const { user_id, email } = who;
  person = { ...(user_id ? { user_id } : {}), ...(email ? { email } : {}) };
  track("identify", who);
}

/** Makes the visitor somebody new: after a log-out. */
export function reset(): void {
  track("reset");
  person = {};
  forget(mayBeKept());
  send();
}

/** Says whether the server may have been given the visitor's id to keep. */
const mayBeKept = () => !!ready && ready.may != "omit" && !isHeld();

/** Takes the visitor's word on being recognised. */
export function setConsent(state: "grant" | "deny"): void {
  if (state == consent) return;
  consent = state;
  refuse();
  settle();
  release();
  send();
}

/** Returns the visitor's id; `undefined` without one. */
export function getVisitorId(): string | undefined {
  return ready && mayRecognise() && !isHeld() ? visitorId() : undefined;
}

/** Puts the visitor's id into every form that was handed over. */
function fill(): string | undefined {
  const id = getVisitorId();
  for (const form of id ? forms : []) {
    const field = (form.querySelector("[name=tallyho_visitor]") || document.createElement("input")) as HTMLInputElement;
    field.type = "hidden";
    field.name = "tallyho_visitor";
    field.value = id!;
    form.appendChild(field);
  }
  return id;
}

/** Returns what a checkout form hands to the shop's server as `visitor_id`; puts it into `form` as a hidden field, as soon as it is known. */
export function attach(form?: HTMLFormElement): string | undefined {
  if (form) forms.push(form);
  return fill();
}
