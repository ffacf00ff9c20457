// What the server has found out about the shop's tracking: script seen, purchases seen, what stands in the way.

import { useAnswer } from "../api/answers";
import { maybe, t } from "../i18n";
import { Icon } from "../parts/icon";
import { Panel } from "../parts/panel";
import { ErrorBox, Waiting } from "../parts/states";
import { base } from "../state/session";

interface Check {
  name: string;
  ok: boolean | null;
  message?: string;
  hint?: string;
}

export function Verification() {
  const answer = useAnswer<{ checks?: Check[] } & Record<string, unknown>>(`${base.value}/verification`, 60_000);
  const checks = answer.data?.checks ?? [];
  return (
    <Panel title={t("verify.title")} note={t("verify.note")}>
      {answer.error ? (
        <ErrorBox error={answer.error} again={answer.again} />
      ) : !answer.data ? (
        <Waiting />
      ) : (
        <ul class="stack">
          {checks.map((check) => (
            <li key={check.name} class={`badge ${check.ok === true ? "good" : check.ok === false ? "warn" : "plain"}`}>
              <Icon name={check.ok === true ? "check" : check.ok === false ? "warn" : "info"} />
              <span>
                <strong>{maybe(`verify.${check.name}`, check.name.replaceAll("_", " "))}</strong> {check.message} {check.hint}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
