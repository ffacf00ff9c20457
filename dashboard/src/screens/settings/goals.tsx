// Goals: what else a visit may reach, and what it is worth.

import { useState } from "preact/hooks";
import { useAnswer } from "../../api/answers";
import { t, maybe } from "../../i18n";
import * as format from "../../i18n/format";
import { Form, useChange } from "../../parts/form";
import { Listing } from "../../parts/listing";
import { Panel } from "../../parts/panel";
import { ErrorBox, Waiting } from "../../parts/states";
import { base, mayEdit, site } from "../../state/session";

interface Goal {
  id: number;
  name: string;
  attribute: string;
  pattern_kind: string;
  pattern: string;
  value: string | null;
}

const ATTRIBUTES = ["url", "title", "event_action", "event_category", "event_name", "file", "external_website", "manually"];
const KINDS = ["contains", "exact", "regex"];

export function Goals() {
  const path = `${base.value}/goals`;
  const answer = useAnswer<{ goals: Goal[] }>(path);
  const [goal, setGoal] = useState({ name: "", attribute: "url", pattern_kind: "contains", pattern: "", value: "" });
  const change = useChange();
  const removal = useChange();
  const set = (more: Partial<typeof goal>) => setGoal((before) => ({ ...before, ...more }));
  const add = async () => {
    const { value, ...rest } = goal;
    if ((await change.send("POST", path, value ? { ...rest, value } : rest)) === undefined) return;
    set({ name: "", pattern: "", value: "" });
    answer.again();
  };
  const word = (one: string) => maybe(`goal.${one}`, one.replaceAll("_", " "));
  return (
    <Panel title={t("settings.goals")} note={t("goals.note")} call={answer.call} hasFiles={false}>
      {answer.error ? (
        <ErrorBox error={answer.error} again={answer.again} />
      ) : !answer.data ? (
        <Waiting />
      ) : (
        <Listing
          caption={t("settings.goals")}
          columns={[t("goals.name"), t("goals.when"), t("goals.value")]}
          rows={answer.data.goals}
          key_of={(one) => String(one.id)}
          cells={(one) => [
            `${one.id} · ${one.name}`,
            [word(one.attribute), one.pattern && word(one.pattern_kind), one.pattern].filter(Boolean).join(" "),
            one.value === null ? format.NOTHING : format.money(one.value, site.value?.currency ?? ""),
          ]}
          empty={t("goals.none")}
          onRemove={mayEdit.value ? (one) => void removal.send("DELETE", `${path}/${one.id}`).then(answer.again) : undefined}
        />
      )}
      {removal.error && <ErrorBox error={removal.error} />}
      {mayEdit.value && (
        <>
          <h3>{t("goals.new")}</h3>
          <Form change={change} action={t("goals.add")} onSubmit={add}>
            <label>
              {t("goals.name")}
              <input required value={goal.name} onInput={(event) => set({ name: event.currentTarget.value })} />
            </label>
            <div class="row">
              <label>
                {t("goals.attribute")}
                <select value={goal.attribute} onChange={(event) => set({ attribute: event.currentTarget.value })}>
                  {ATTRIBUTES.map((one) => (
                    <option key={one} value={one}>
                      {word(one)}
                    </option>
                  ))}
                </select>
              </label>
              <label>
                {t("goals.kind")}
                <select value={goal.pattern_kind} onChange={(event) => set({ pattern_kind: event.currentTarget.value })}>
                  {KINDS.map((one) => (
                    <option key={one} value={one}>
                      {word(one)}
                    </option>
                  ))}
                </select>
              </label>
            </div>
            <label>
              {t("goals.pattern")}
              <input value={goal.pattern} required={goal.attribute !== "manually"} onInput={(event) => set({ pattern: event.currentTarget.value })} />
            </label>
            <label>
              {t("goals.value")}
              <input inputMode="decimal" value={goal.value} onInput={(event) => set({ value: event.currentTarget.value })} />
            </label>
          </Form>
        </>
      )}
    </Panel>
  );
}
