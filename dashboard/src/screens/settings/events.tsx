// Defined events: a rule over what events are, under a name that then behaves as an event's own, for everything that was
// ever sent. How many it fits is counted while it is written.

import { useEffect, useState } from "preact/hooks";
import { useAnswer } from "../../api/answers";
import { reportPath, total } from "../../api/report";
import type { Report } from "../../api/types";
import { t } from "../../i18n";
import * as format from "../../i18n/format";
import { Figure } from "../../parts/figure";
import { Form, saved, useChange } from "../../parts/form";
import { Listing } from "../../parts/listing";
import { Panel } from "../../parts/panel";
import { ErrorBox, Waiting } from "../../parts/states";
import { period } from "../../state/period";
import { base, mayEdit } from "../../state/session";

interface Defined {
  name: string;
  rule: string;
}

const COUNT_AFTER_MS = 400;

/** Returns `text` as it was a moment ago, so that not every key asks. */
function useSettled(text: string): string {
  const [settled, set] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => set(text), COUNT_AFTER_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}

/** Returns the question how many events of the period a rule fits. */
function countPath(rule: string): string {
  const parameters = new URLSearchParams({ metrics: "events", from: period.value.from, to: period.value.to, filter: rule });
  return `${base.value}/report?${parameters}`;
}

function LiveCount({ rule }: { rule: string }) {
  const settled = useSettled(rule.trim());
  const answer = useAnswer<Report>(settled ? countPath(settled) : null);
  if (!settled) return null;
  return (
    <div role="status" class="live-match">
      {answer.error ? (
        <ErrorBox error={answer.error} />
      ) : answer.data ? (
        <p>
          <Figure value={total(answer.data, "events")} unit="count" call={answer.call} at="totals.0" /> {t("events.fit", { period: format.days(period.value.from, period.value.to) })}
        </p>
      ) : (
        <Waiting lines={1} />
      )}
    </div>
  );
}

export function DefinedEvents() {
  const path = `${base.value}/defined-events`;
  const answer = useAnswer<{ defined_events: Defined[] }>(path);
  const counts = useAnswer<Report>(reportPath({ metrics: ["events"], dimensions: ["event"], limit: 1000, isUnfiltered: true }));
  const [event, setEvent] = useState<Defined>({ name: "", rule: "" });
  const change = useChange();
  const removal = useChange();
  const add = async () => {
    if ((await change.send("PUT", `${path}/${encodeURIComponent(event.name.trim())}`, { rule: event.rule })) === undefined) return;
    saved();
    setEvent({ name: "", rule: "" });
    answer.again();
    counts.again();
  };
  const count = (name: string) => {
    const row = counts.data?.rows.findIndex((cells) => cells[0] === name) ?? -1;
    return row < 0 ? (counts.data ? format.figure(0, "count") : format.NOTHING) : <Figure value={counts.data!.rows[row]![1]} unit="count" call={counts.call} at={`rows.${row}.1`} />;
  };
  return (
    <Panel title={t("settings.events")} note={t("events.note")} call={answer.call} hasFiles={false}>
      {answer.error ? (
        <ErrorBox error={answer.error} again={answer.again} />
      ) : !answer.data ? (
        <Waiting />
      ) : (
        <Listing
          caption={t("settings.events")}
          columns={[t("goals.name"), t("events.rule"), t("events.count")]}
          rows={answer.data.defined_events}
          key_of={(one) => one.name}
          cells={(one) => [one.name, <code class="wrap">{one.rule}</code>, count(one.name)]}
          empty={t("events.none")}
          onRemove={mayEdit.value ? (one) => void removal.send("DELETE", `${path}/${encodeURIComponent(one.name)}`).then(answer.again) : undefined}
        />
      )}
      {removal.error && <ErrorBox error={removal.error} />}
      {mayEdit.value && (
        <>
          <h3>{t("events.new")}</h3>
          <Form change={change} action={t("events.define")} onSubmit={add}>
            <label>
              {t("goals.name")}
              <input required maxLength={100} value={event.name} onInput={(e) => setEvent({ ...event, name: e.currentTarget.value })} />
            </label>
            <label>
              {t("events.rule")}
              <textarea required rows={3} spellcheck={false} value={event.rule} placeholder={'event = click and property:selector contains "#newsletter"'} onInput={(e) => setEvent({ ...event, rule: e.currentTarget.value })} />
            </label>
            <LiveCount rule={event.rule} />
          </Form>
        </>
      )}
    </Panel>
  );
}
