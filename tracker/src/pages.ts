/** Pages as people see them: loads, moves within a single-page app, returns from the back-forward cache, time in view. */

/** Calls `seen` for every page that comes into view, with the address of the one before. */
export function onPage(seen: (from: string) => void): void {
  let before = "";
  let last = document.referrer;
  const look = () => {
    const address = location.pathname + location.search;
    if (address == before) return;
    before = address;
    seen(last);
    last = location.href;
  };
  const h = history as unknown as Record<string, (...args: unknown[]) => unknown>;
  for (const name of ["pushState", "replaceState"]) {
    const own = h[name]!;
    h[name] = function (this: History, ...args: unknown[]) {
      const result = own.apply(this, args);
      // The title is set after the move, so it is read a moment later.
      setTimeout(look);
      return result;
    };
  }
  addEventListener("popstate", () => setTimeout(look));
  addEventListener("pageshow", (event) => {
    if (event.persisted) {
      before = "";
      look();
    }
  });
  look();
}

/** Calls `start` once the page is really shown: not while it is prerendered. */
export function onShown(start: () => void): void {
  const d = document as Document & { prerendering?: boolean };
  if (d.prerendering) d.addEventListener("prerenderingchange", start, { once: true });
  else start();
}

/** Calls `leaving` whenever the page goes out of view, with the milliseconds it was in view since the last time. */
export function onLeave(leaving: (viewMs: number) => void): void {
  let since = document.visibilityState == "hidden" ? 0 : Date.now();
  const hide = () => {
    const ms = since && Date.now() - since;
    since = 0;
    leaving(ms);
  };
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState == "hidden") hide();
    else since = Date.now();
  });
  addEventListener("pagehide", hide);
}
