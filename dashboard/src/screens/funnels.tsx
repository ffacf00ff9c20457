// Funnels: steps of one's own choosing, in order, and where people stop.

import { useState } from "preact/hooks";
import { useAnswer } from "../api/answers";
import { analysisPath, reportPath } from "../api/report";
import type { Report } from "../api/types";
import { t, type Key } from "../i18n";
import { dimensionLabel } from "../i18n/names";
import { AnalysisPanel } from "../parts/analysis-panel";
import { Choice, chosen } from "../parts/choice";
import { FunnelChart, stepName } from "../parts/funnel";
import { CHECKOUT_STEPS } from "../parts/funnel-panel";
import { Icon } from "../parts/icon";
import { Panel, useTableView } from "../parts/panel";
import { ReportTable } from "../parts/table";
import { Title } from "../parts/title";
import { query, set } from "../state/url";

const SCOPES = ["visitor", "customer"];
const MODES = ["open"];
const WINDOWS = ["", "30m", "12h", "1d", "30d"];
const BREAKDOWNS = ["", "channel", "device", "country", "new_or_returning", "campaign"];

function steps(): string[] {
  const asked = (query.value.get("steps") ?? "").split(";").map((step) => step.trim()).filter(Boolean);
  return asked.length >= 2 ? asked : CHECKOUT_STEPS;
}

export function Funnels() {
  const now = steps();
  const options = { steps: now.join(";"), scope: chosen("scope", ""), mode: chosen("mode", ""), window: chosen("window", ""), breakdown: chosen("breakdown", "") };
  const [isTable, tableButton] = useTableView();
  const choices: [string, string[]][] = [["scope", ["", ...SCOPES]], ["mode", ["", ...MODES]], ["window", WINDOWS]];
  return (
    <>
      <Title hasPeriod>{t("nav.funnels")}</Title>
      <div class="grid">
        <div class="span-4">
          <Panel title={t("funnel.steps")} note={t("funnel.steps_note")}>
            <StepList key={now.join(";")} steps={now} />
            <div class="form">
              {choices.map(([name, values]) => (
                <Choice key={name} name={name} label={t(`funnel.${name}` as Key)} otherwise="" options={values.map((value) => [value, t(`funnel.${name}.${value || "standard"}` as Key)])} />
              ))}
              <Choice name="breakdown" label={t("funnel.breakdown")} otherwise="" options={BREAKDOWNS.map((value) => [value, value ? dimensionLabel(value) : t("funnel.breakdown.none")])} />
            </div>
          </Panel>
        </div>
        <div class="span-8 stack">
          <AnalysisPanel title={t("funnel.title")} path={analysisPath("funnel", options)} tools={tableButton}>
            {(report, answer) =>
              isTable || options.breakdown ? <ReportTable report={report} call={answer.call} caption={t("funnel.title")} /> : <FunnelChart report={report} call={answer.call} />
            }
          </AnalysisPanel>
          <AnalysisPanel title={t("funnel.dropped")} note={t("funnel.dropped_note")} isSingles path={analysisPath("funnel/dropped", { ...options, breakdown: "", limit: "20" })} />
        </div>
      </div>
    </>
  );
}

/** The steps, each of which can be moved, taken away or followed by another. */
function StepList({ steps }: { steps: string[] }) {
  const [added, setAdded] = useState("");
  const known = useAnswer<Report>(reportPath({ metrics: ["events"], dimensions: ["event"], order: "-events", limit: 60, isUnfiltered: true }));
  const write = (next: string[]) => set({ steps: next.join(";") === CHECKOUT_STEPS.join(";") ? null : next.join(";") });
  const move = (at: number, to: number) => {
    const next = [...steps];
    next.splice(to, 0, ...next.splice(at, 1));
    write(next);
  };
  return (
    <>
      <ol class="step-list">
        {steps.map((step, at) => (
          <li key={at} class="row">
            <span class="step-name">{stepName(step)}</span>
            <button type="button" class="button quiet" disabled={at === 0} aria-label={t("funnel.earlier", { name: stepName(step) })} onClick={() => move(at, at - 1)}>
              ↑
            </button>
            <button type="button" class="button quiet" disabled={at === steps.length - 1} aria-label={t("funnel.later", { name: stepName(step) })} onClick={() => move(at, at + 1)}>
              ↓
            </button>
            <button type="button" class="button quiet" disabled={steps.length <= 2} aria-label={t("funnel.remove", { name: stepName(step) })} onClick={() => write(steps.filter((_, other) => other !== at))}>
              <Icon name="close" />
            </button>
          </li>
        ))}
      </ol>
      <form
        class="row"
        onSubmit={(event) => {
          event.preventDefault();
          if (added.trim()) write([...steps, added.trim()]);
        }}
      >
        <input list="events" aria-label={t("funnel.add")} placeholder={t("funnel.add")} value={added} onInput={(event) => setAdded(event.currentTarget.value)} />
        <datalist id="events">
          {known.data?.rows.map((row) => (
            <option key={String(row[0])} value={String(row[0] ?? "")} />
          ))}
        </datalist>
        <button type="submit" class="button" aria-label={t("funnel.add")}>
          <Icon name="plus" />
        </button>
      </form>
    </>
  );
}
