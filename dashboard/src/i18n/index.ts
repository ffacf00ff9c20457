// Words in the reader's language. English and German are complete; "qps" is English made long and odd, to find words
// that are in no catalogue.

import { signal } from "@preact/signals";
import { kept, keep } from "../state/prefs";

type English = typeof import("./en/core.json") & typeof import("./en/more.json");
export type Key = keyof English;

type Entry = string | { one?: string; other: string };
type Words = Record<string, Entry>;

export const LANGUAGES = { en: "English", de: "Deutsch" } as const;
export type Language = keyof typeof LANGUAGES | "qps";

/** The words of the frame and the first screen, and those of every other screen, which are fetched after them. */
const CATALOGUES: Record<keyof typeof LANGUAGES, Record<"core" | "more", () => Promise<{ default: Words }>>> = {
  en: { core: () => import("./en/core.json"), more: () => import("./en/more.json") },
  de: { core: () => import("./de/core.json"), more: () => import("./de/more.json") },
};

let words: Words = {};
let more: Promise<void> | null = null;
let plural = new Intl.PluralRules("en");

/** The language that is shown. */
export const language = signal<Language>("en");
/** What `Intl` is told: the reader's own region where it speaks the language. */
export const locale = signal("en");

function chosen(): Language {
  const asked = new URLSearchParams(location.search).get("lang") ?? kept("language");
  if (asked === "qps" || (asked && asked in LANGUAGES)) return asked as Language;
  const known = navigator.languages.map((tag) => tag.slice(0, 2)).find((tag) => tag in LANGUAGES);
  return (known as Language | undefined) ?? "en";
}

/** Loads the words of `wanted`, else of the language that the address, this browser's memory or the browser names. */
export async function speak(wanted: Language = chosen()): Promise<void> {
  const name = wanted === "qps" ? "en" : wanted;
  words = { ...(await CATALOGUES[name].core()).default };
  more = null;
  if (isMoreNeeded) await speakMore(name);
  const region = navigator.languages.find((tag) => tag.toLowerCase().startsWith(`${name}-`));
  locale.value = wanted === "qps" ? "en-GB" : (region ?? name);
  plural = new Intl.PluralRules(locale.value);
  document.documentElement.lang = name;
  language.value = wanted;
}

let isMoreNeeded = false;

/** Loads the words of every other screen, once. */
export function speakMore(name: keyof typeof LANGUAGES = language.value === "qps" ? "en" : language.value): Promise<void> {
  isMoreNeeded = true;
  more ??= CATALOGUES[name].more().then((found) => void Object.assign(words, found.default));
  return more;
}

/** Speaks the language of an account, unless the address or this browser has chosen another. */
export async function speakLike(wanted: string | undefined): Promise<void> {
  const isChosen = new URLSearchParams(location.search).has("lang") || kept("language") !== null;
  if (!isChosen && wanted && wanted in LANGUAGES && wanted !== language.value) await speak(wanted as Language);
}

/** Changes the language and remembers it. */
export async function choose(wanted: Language): Promise<void> {
  keep("language", wanted);
  await speak(wanted);
}

const ACCENTS: Record<string, string> = { a: "á", e: "é", i: "í", o: "ó", u: "ú", A: "Á", E: "É", O: "Ó", n: "ñ", s: "š" };

/** Makes a text a third longer and odd, between brackets, and leaves what is put in as it is. */
function pseudo(text: string): string {
  const parts = text.split(/(\{\w+\})/);
  const odd = parts.map((part) => (part.startsWith("{") ? part : part.replace(/[aeiounsAEO]/g, (c) => ACCENTS[c] ?? c)));
  return `⟦${odd.join("")}${"·".repeat(Math.ceil(text.length / 3))}⟧`;
}

function filled(entry: Entry, values: Record<string, string | number>): string {
  let text = typeof entry === "string" ? entry : entry.other;
  if (typeof entry !== "string" && typeof values["n"] === "number" && plural.select(values["n"]) === "one") {
    text = entry.one ?? text;
  }
  if (language.value === "qps") text = pseudo(text);
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === "number" ? value.toLocaleString(locale.value) : value;
  });
}

/** Returns the words of `key`, with `values` put in; `n` decides about one or many. */
export function t(key: Key, values: Record<string, string | number> = {}): string {
  void language.value;
  return filled(words[key] ?? key, values);
}

/** Returns the words of a key that is made up while running, `otherwise` where no catalogue has it. */
export function maybe(key: string, otherwise: string, values: Record<string, string | number> = {}): string {
  void language.value;
  const entry = words[key];
  if (entry === undefined) return otherwise;
  return filled(entry, values);
}
