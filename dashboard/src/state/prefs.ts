// What this browser prefers: light or dark. Without storage nothing is kept, and nothing breaks.

import { effect, signal } from "@preact/signals";

export type Theme = "system" | "light" | "dark";

/** Returns what was kept under `name`. */
export function kept(name: string): string | null {
  try {
    return localStorage.getItem(`tallyho.${name}`);
  } catch {
    return null;
  }
}

/** Keeps `value` under `name`. */
export function keep(name: string, value: string): void {
  try {
    localStorage.setItem(`tallyho.${name}`, value);
  } catch {
    // Private windows may refuse; the choice then lasts as long as the page.
  }
}

const dark = matchMedia("(prefers-color-scheme: dark)");
const systemIsDark = signal(dark.matches);
dark.addEventListener("change", () => (systemIsDark.value = dark.matches));

export const theme = signal<Theme>((kept("theme") as Theme | null) ?? "system");

/** Turns with the theme that is shown; charts paint themselves anew by it. */
export const shade = signal<"light" | "dark">("light");

effect(() => {
  shade.value = theme.value === "system" ? (systemIsDark.value ? "dark" : "light") : theme.value;
  document.documentElement.dataset.theme = theme.value;
  keep("theme", theme.value);
});
