/** Who the visitor is to this shop: an id in a first-party cookie, or nobody where that is not wanted. */
import { newId } from "./ids";
import { cookie, setCookie } from "./memory";

const NAME = "_tly";
/** Browsers keep a cookie for 400 days at most. */
const KEPT_S = 390 * 86_400;
/** A link to another own host is believed for so long. */
const LINK_MS = 120_000;

let linked: string | undefined;

/** Returns the visitor's id, a fresh one if there is none yet and `make` is true. */
export function visitorId(make: boolean): string | undefined {
  const known = linked || cookie(NAME);
  if (!known && !make) return;
  const id = known || newId();
  // Set again each time, so that it lasts from the latest visit on.
  setCookie(NAME, id, KEPT_S);
  linked = undefined;
  return cookie(NAME) ? id : undefined;
}

/** Forgets the visitor. */
export function forget(): void {
  linked = undefined;
  setCookie(NAME, "", 0);
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
