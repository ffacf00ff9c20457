// The command palette (Ctrl or Command with K): every screen, period, metric and setting of the view by a few letters.

import { signal } from "@preact/signals";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { choose, language, LANGUAGES, t, type Key, type Language } from "../i18n";
import { dimensionLabel, metricLabel } from "../i18n/names";
import { reachable } from "../screens/list";
import { catalogue } from "../state/catalogue";
import { PRESETS, type Compare } from "../state/period";
import { theme, type Theme } from "../state/prefs";
import { session, site } from "../state/session";
import { go, href, hereWith } from "../state/url";
import { Dialog } from "./dialog";

export const isPaletteOpen = signal(false);

/** Opens the palette by its key from anywhere. */
export function listenForPalette(): void {
  addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      isPaletteOpen.value = !isPaletteOpen.value;
    }
  });
}

interface Command {
  group: string;
  name: string;
  run: () => void;
}

function commands(): Command[] {
  const list: Command[] = reachable().map((screen) => ({
    group: t("palette.screens"),
    name: t(`nav.${screen.name}` as Key),
    run: () => go(href(screen.path)),
  }));
  for (const preset of PRESETS) {
    const run = () => go(hereWith({ period: preset === "30d" ? null : preset, from: null, to: null }));
    list.push({ group: t("palette.period"), name: t(`period.${preset}` as Key), run });
  }
  for (const name of ["previous_period", "previous_year", "none"] as Compare[]) {
    const run = () => go(hereWith({ compare: name === "previous_period" ? null : name }));
    list.push({ group: t("compare.with"), name: t(`compare.${name}` as Key), run });
  }
  for (const other of session.value?.sites ?? []) {
    if (other.id === site.value?.id) continue;
    list.push({ group: t("palette.shops"), name: other.name || other.domain, run: () => go(`/?site=${other.id}`) });
  }
  for (const name of ["system", "light", "dark"] as Theme[]) {
    list.push({ group: t("palette.look"), name: t(`theme.${name}` as Key), run: () => void (theme.value = name) });
  }
  for (const [tag, name] of Object.entries(LANGUAGES)) {
    if (tag !== language.value) list.push({ group: t("palette.language"), name, run: () => void choose(tag as Language) });
  }
  for (const metric of catalogue.value.metrics) {
    const run = () => go(href("/explore", { metrics: metric.name }));
    list.push({ group: t("palette.explore"), name: metricLabel(metric.name), run });
  }
  for (const dimension of catalogue.value.dimensions) {
    const run = () => go(href("/explore", { dimensions: dimension.name }));
    list.push({ group: t("palette.explore_by"), name: dimensionLabel(dimension.name), run });
  }
  return list;
}

/** Says how well `name` fits what was typed: all its letters in order; null where it does not. */
function fit(name: string, typed: string): number | null {
  const [text, wanted] = [name.toLowerCase(), typed.toLowerCase().trim()];
  if (!wanted) return 0;
  const at = text.indexOf(wanted);
  if (at >= 0) return at === 0 ? 0 : 1 + at / 100;
  let from = 0;
  for (const letter of wanted) {
    from = text.indexOf(letter, from) + 1;
    if (from === 0) return null;
  }
  return 10 + from / 100;
}

const SHOWN_MAX = 40;

export function Palette() {
  return isPaletteOpen.value ? <Open /> : null;
}

function Open() {
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLUListElement>(null);
  const all = useMemo(commands, []);
  const close = () => (isPaletteOpen.value = false);
  const found = useMemo(
    () =>
      all
        .map((command) => ({ command, fit: fit(`${command.name}`, typed) ?? (fit(command.group, typed) === 0 ? 20 : null) }))
        .filter((one) => one.fit !== null)
        .sort((a, b) => a.fit! - b.fit!)
        .slice(0, SHOWN_MAX)
        .map((one) => one.command),
    [all, typed],
  );
  useEffect(() => input.current?.focus(), []);
  useEffect(() => list.current?.children[at]?.scrollIntoView({ block: "nearest" }), [at]);
  const run = (command: Command | undefined) => {
    if (!command) return;
    close();
    command.run();
  };
  const keys: Record<string, () => void> = {
    ArrowDown: () => setAt((at + 1) % Math.max(1, found.length)),
    ArrowUp: () => setAt((at - 1 + found.length) % Math.max(1, found.length)),
    Enter: () => run(found[at]),
  };
  return (
    <Dialog title={t("palette.title")} onClose={close}>
      <input
        ref={input}
        class="palette-input"
        type="text"
        role="combobox"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={found[at] ? `palette-${at}` : undefined}
        aria-label={t("palette.title")}
        placeholder={t("palette.hint")}
        value={typed}
        onInput={(event) => (setTyped(event.currentTarget.value), setAt(0))}
        onKeyDown={(event) => {
          const key = keys[event.key];
          if (!key) return;
          event.preventDefault();
          key();
        }}
      />
      <ul id="palette-list" class="palette-list" role="listbox" aria-label={t("palette.title")} ref={list}>
        {found.map((command, index) => (
          <li key={`${command.group}${command.name}`} id={`palette-${index}`} role="option" aria-selected={index === at} onClick={() => run(command)}>
            <span>{command.name}</span>
            <span class="muted">{command.group}</span>
          </li>
        ))}
      </ul>
      {found.length === 0 && <p class="muted">{t("palette.nothing")}</p>}
    </Dialog>
  );
}
