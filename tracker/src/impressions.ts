/** Products that came into view: elements with `data-tallyho-item` (an item as JSON) are told as one list a moment later. */

const AFTER_MS = 1000;
const ITEMS_MAX = 50;

/** Watches the elements below `root`. */
export function observe(root: ParentNode, told: (items: unknown[]) => void): void {
  if (!("IntersectionObserver" in window)) return;
  let seen: unknown[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tell = () => {
    clearTimeout(timer);
    timer = undefined;
    if (seen.length) told(seen.splice(0, ITEMS_MAX));
    if (seen.length) tell();
  };
  const observer = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) {
        if (!entry.isIntersecting) continue;
        observer.unobserve(entry.target);
        try {
          seen.push(JSON.parse(entry.target.getAttribute("data-tallyho-item")!));
        } catch {}
      }
      timer ||= setTimeout(tell, AFTER_MS);
    },
    { threshold: 0.5 },
  );
  root.querySelectorAll("[data-tallyho-item]").forEach((element) => observer.observe(element));
  addEventListener("pagehide", tell);
}
