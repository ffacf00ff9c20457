// Settings: a page for each kind of thing that can be set.

import type { ComponentType } from "preact";
import { t, type Key } from "../i18n";
import { Title } from "../parts/title";
import { hasUsers, mayChange } from "../state/session";
import { href, path } from "../state/url";
import { Account } from "./settings/account";
import { Annotations } from "./settings/annotations";
import { Costs } from "./settings/costs";
import { Dialects } from "./settings/dialects";
import { DefinedEvents } from "./settings/events";
import { Goals } from "./settings/goals";
import { Rates } from "./settings/rates";
import { Shares } from "./settings/shares";
import { SiteSettings } from "./settings/site";
import { Snippet } from "./settings/snippet";
import { Tokens } from "./settings/tokens";
import { Users } from "./settings/users";

const PAGES: [name: string, page: ComponentType][] = [
  ["site", () => <SiteSettings only="site" />],
  ["snippet", Snippet],
  ["privacy", () => <SiteSettings only="privacy" />],
  ["goals", Goals],
  ["events", DefinedEvents],
  ["rates", Rates],
  ["costs", Costs],
  ["dialects", Dialects],
  ["tokens", Tokens],
  ["users", Users],
  ["shares", Shares],
  ["annotations", Annotations],
  ["account", Account],
];

export function Settings() {
  const asked = path.value.split("/")[2] || "site";
  const pages = PAGES.filter(([name]) => name !== "account" || hasUsers.value);
  const [name, Page] = pages.find(([one]) => one === asked) ?? pages[0]!;
  return (
    <>
      <Title note={mayChange.value ? undefined : t("settings.read_only")}>{t("nav.settings")}</Title>
      <div class="settings">
        <nav aria-label={t("nav.settings")}>
          <ul>
            {pages.map(([one]) => (
              <li key={one}>
                <a href={href(`/settings/${one}`)} aria-current={one === name ? "page" : undefined}>
                  {t(`settings.${one}` as Key)}
                </a>
              </li>
            ))}
          </ul>
        </nav>
        <div class="stack">
          <Page key={name} />
        </div>
      </div>
    </>
  );
}
