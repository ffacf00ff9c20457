/**
 * Who the visitor is to this shop: an id that the server keeps in a cookie of its own, else one in a cookie of this
 * script's, or nobody where that is not wanted.
 *
 * The script begins with a cookie of its own. Once the server says that the browser has brought its cookie back, the
 * script's is dropped, and the id is known from the server's answers alone.
 */
import { newId } from "./ids";
import { cookie, read, setCookie, write } from "./memory";

const NAME = "_tly";
/** Browsers keep a cookie for 400 days at most. */
const KEPT_S = 390 * 86_400;
/** A link to another own host is believed for so long. */
const LINK_MS = 120_000;
/** Where it is remembered who keeps the id: "" this script, else the server, and whether it is to forget it. */
const KEEPER = "v";
const SERVER = "1";
const FORGET = "2";

let linked: string | undefined;
let told: string | undefined;

/** Returns the visitor's id, a fresh one if there is none yet; `undefined` while only the server knows it, or without one. */
export function visitorId(): string | undefined {
  if (linked) write(KEEPER, FORGET);
  else if (told || read(KEEPER) == SERVER) return told;
  const id = linked || cookie(NAME) || newId();
  // Set again each time, so that it lasts from the latest visit on.
  setCookie(NAME, id, KEPT_S);
  linked = undefined;
  return cookie(NAME) ? id : undefined;
}

/** Says whether the server keeps an id, as far as is known. */
export const isKept = () => !!read(KEEPER);

/** Says whether the server has told the id. */
export const isTold = () => !!told;

/** Says whether the server is to forget the id that it keeps. */
export const mustForget = () => read(KEEPER) == FORGET;

/** Takes over what the server answers of the id; `forgot` says whether it was asked to forget the one before. */
export function hear({ visitor_id, kept }: { visitor_id?: string; kept?: boolean }, forgot: boolean): void {
  if (mustForget() && !forgot) return;
  told = kept ? visitor_id : undefined;
  if (kept && cookie(NAME)) setCookie(NAME, "", 0);
  if (kept || isKept()) write(KEEPER, kept ? SERVER : "");
}

/** Forgets the visitor; `asked` says whether the server may have been given the id to keep. */
export function forget(asked?: boolean): void {
  linked = told = undefined;
  setCookie(NAME, "", 0);
  if (asked || isKept()) write(KEEPER, FORGET);
}

/** Takes the visitor's id over from a link of another own host, and takes it out of the address. */
export function arrive(): void {
  const found = /[?&]_tly=([\w-]{8,64})\.(\w+)/.exec(location.search);
  if (!found) return;
  if (Math.abs(Date.now() - parseInt(found[2]!, 36)) < LINK_MS) linked = found[1];
  const rest = location.search.replace(found[0], "").replace(/^&/, "?");
  history.replaceState(history.state, "", location.pathname + rest + location.hash);
}

/** Lets links to `domains` carry the visitor's id. */
export function carry(domains: string[], id: () => string | undefined): void {
  if (!domains.length) return;
  addEventListener(
    "click",
    (event) => {
      const link = (event.target as Element | null)?.closest?.("a[href]") as HTMLAnchorElement | null;
      const visitor = link && link.hostname != location.hostname && domains.includes(link.hostname) && id();
      if (!visitor) return;
      const url = new URL(link.href);
      url.searchParams.set(NAME, visitor + "." + Date.now().toString(36));
      link.href = url.href;
    },
    true,
  );
}
