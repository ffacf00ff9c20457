// What the shop puts into its pages or its server, in the language that it already speaks.

import { Panel } from "../../parts/panel";
import { t } from "../../i18n";
import { SnippetTabs } from "../snippets";
import { WaitingForEvent } from "../waiting";
import { Verification } from "../verification";

export function Snippet() {
  return (
    <>
      <Panel title={t("settings.snippet")} note={t("snippet.note")}>
        <SnippetTabs />
      </Panel>
      <WaitingForEvent />
      <Verification />
    </>
  );
}
