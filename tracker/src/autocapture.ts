/** What people do on a page without a call for it: clicks, forms from start to submit, how far they scroll. */
type Payload = Record<string, unknown>;
type Tell = (name: string, payload: Payload) => void;

const CLICKABLE = "a,button,[role=button],input[type=submit],summary";
const FIELD = "input,select,textarea";
const DEPTHS = [25, 50, 75, 100];

/** Returns a short path to the element that a rule can be written for. */
function selector(element: Element): string {
  const parts: string[] = [];
  for (let e: Element | null = element; e && e != document.body && parts.length < 4; e = e.parentElement) {
    const name = e.id ? "#" + e.id : e.tagName.toLowerCase() + Array.from(e.classList).slice(0, 2).map((c) => "." + c).join("");
    parts.unshift(name);
    if (e.id) break;
  }
  return parts.join(">");
}

const short = (text?: string | null) => (text || "").trim().replace(/\s+/g, " ").slice(0, 80) || undefined;

/** Watches the page. What is typed into a field is never read. */
export function watch(tell: Tell): void {
  const begun = new WeakSet<HTMLFormElement>();
  const form = (f: HTMLFormElement) => ({ form: short(f.id || f.name) || selector(f) });
  const listen = (kind: string, heard: (element: Element, event: Event) => void) =>
    document.addEventListener(kind, (event) => event.target instanceof Element && heard(event.target, event), true);

  listen("click", (target, event) => {
    const element = target.closest(CLICKABLE);
    if (!element || element.closest("[data-tallyho-skip]")) return;
    const { clientX, clientY } = event as MouseEvent;
    const properties: Payload = { selector: selector(element), text: short(element.textContent), href: (element as HTMLAnchorElement).href };
    properties.x = Math.round((100 * clientX) / innerWidth);
    properties.y = Math.round(clientY + scrollY);
    tell("click", { properties });
  });
  listen("focusin", (target) => {
    const f = target.matches(FIELD) && (target as HTMLInputElement).form;
    if (!f || begun.has(f)) return;
    begun.add(f);
    tell("form_start", { properties: form(f) });
  });
  listen("change", (target) => {
    const field = target as HTMLInputElement;
    if (target.matches(FIELD) && field.form) tell("form_field", { properties: { ...form(field.form), field: short(field.name || field.id) } });
  });
  listen("submit", (target) => tell("form_submit", { properties: form(target as HTMLFormElement) }));

  let told = 0;
  const scrolled = () => {
    const { scrollHeight } = document.documentElement;
    const depth = (100 * (scrollY + innerHeight)) / scrollHeight;
    // A page that fits on the screen is not scrolled.
    if (scrollHeight <= innerHeight) return;
    for (const mark of DEPTHS) {
      if (mark > told && depth >= mark - 0.5) {
        told = mark;
        tell("scroll", { properties: { percent_scrolled: mark } });
      }
    }
  };
  addEventListener("scroll", scrolled, { passive: true });
  addEventListener("popstate", () => (told = 0));
}
