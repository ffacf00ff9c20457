// Light or dark, and the language.

import { choose, language, LANGUAGES, t, type Key, type Language } from "../i18n";
import { theme, type Theme } from "../state/prefs";
import { Popover } from "./popover";

export function LookMenu() {
  return (
    <Popover icon="settings" class="quiet" label={t("look.menu")}>
      <fieldset class="choices">
        <legend>{t("palette.look")}</legend>
        {(["system", "light", "dark"] as Theme[]).map((name) => (
          <label key={name} class="choice">
            <input type="radio" name="theme" checked={theme.value === name} onChange={() => (theme.value = name)} />
            {t(`theme.${name}` as Key)}
          </label>
        ))}
      </fieldset>
      <fieldset class="choices">
        <legend>{t("palette.language")}</legend>
        {Object.entries(LANGUAGES).map(([tag, name]) => (
          <label key={tag} class="choice" lang={tag}>
            <input type="radio" name="language" checked={language.value === tag} onChange={() => void choose(tag as Language)} />
            {name}
          </label>
        ))}
      </fieldset>
    </Popover>
  );
}
