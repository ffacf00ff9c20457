// Light or dark, and the language.

import { call, csrf } from "../api/client";
import { choose, language, LANGUAGES, t, type Key, type Language } from "../i18n";
import { theme, type Theme } from "../state/prefs";
import { session } from "../state/session";
import { Popover } from "./popover";

/** Changes the language here, and for the account wherever it signs in. */
async function speakFromNowOn(tag: Language): Promise<void> {
  await choose(tag);
  if (csrf.value && session.value?.user) await call("/api/v1/me", { method: "PUT", body: { language: tag } }).catch(() => undefined);
}

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
            <input type="radio" name="language" checked={language.value === tag} onChange={() => void speakFromNowOn(tag as Language)} />
            {name}
          </label>
        ))}
      </fieldset>
    </Popover>
  );
}
