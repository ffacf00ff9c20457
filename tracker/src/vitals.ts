/** How fast a page was for its visitor: largest paint, layout shift, interaction, first byte; told when it goes away. */
type Tell = (name: string, payload: Record<string, unknown>) => void;

/** Watches the page's own measurements. */
export function measure(tell: Tell): void {
  const found: Record<string, number> = {};
  const see = (type: string, heard: (entry: any) => void, more = {}) => {
    try {
      new PerformanceObserver((list) => list.getEntries().forEach(heard)).observe({ type, buffered: true, ...more } as PerformanceObserverInit);
    } catch {}
  };
  see("largest-contentful-paint", (entry) => (found.lcp_ms = Math.round(entry.startTime)));
  see("layout-shift", (entry) => entry.hadRecentInput || (found.cls = +((found.cls || 0) + entry.value).toFixed(4)));
  see("event", (entry) => entry.interactionId && (found.inp_ms = Math.max(found.inp_ms || 0, Math.round(entry.duration))), { durationThreshold: 40 });
  see("navigation", (entry) => (found.ttfb_ms = Math.round(entry.responseStart)));
  const leave = () => {
    if (found.ttfb_ms == null || found.told) return;
    found.told = 1;
    const { told, ...properties } = found;
    tell("web_vitals", { properties });
  };
  document.addEventListener("visibilitychange", () => document.visibilityState == "hidden" && leave());
  addEventListener("pagehide", leave);
}
