// The panel of the main chart: one metric over the period, in steps that may be chosen, with notes on its days.

import { useAnswer } from "../api/answers";
import { analysisPath, columnOf } from "../api/report";
import type { Report } from "../api/types";
import { t, type Key } from "../i18n";
import * as format from "../i18n/format";
import { metricLabel } from "../i18n/names";
import { daysBetween } from "../state/days";
import { compare, GRANULARITIES, granularity, isOpen, period } from "../state/period";
import { base, isShare } from "../state/session";
import { set } from "../state/url";
import { Info } from "./info";
import { Panel, useTableView } from "./panel";
import { ErrorBox, Waiting } from "./states";
import { ReportTable } from "./table";
import { TimeChart, type Mark } from "./timechart";
import type { Answer } from "../api/answers";
import { useMemo } from "preact/hooks";

interface Annotations {
  annotations?: { date: string; text: string }[];
}

const NO_MARKS: Mark[] = [];

/** Returns the notes that people have put on days of the period; none where the server keeps none. */
export function useMarks(): Mark[] {
  const { data } = useAnswer<Annotations>(isShare.value ? null : `${base.value}/annotations?from=${period.value.from}&to=${period.value.to}`);
  return useMemo(() => {
    const all = data?.annotations?.map((note) => ({ day: note.date, text: note.text }));
    return all?.length ? all : NO_MARKS;
  }, [data]);
}

/** Returns the days that are far from what their weekday usually brings, as far as the server judges this metric. */
function useAnomalies(metric: string): Mark[] {
  const { data } = useAnswer<Report>(granularity.value !== "day" ? null : analysisPath("anomalies", { metric }));
  const name = metricLabel(metric);
  return useMemo(() => {
    const [day, kind] = data ? [columnOf(data, "day"), columnOf(data, "anomaly")] : [-1, -1];
    if (!data || day < 0 || kind < 0) return NO_MARKS;
    const odd = data.rows.filter((row) => row[kind] === "high" || row[kind] === "low");
    return odd.map((row) => ({ day: String(row[day]), text: t(row[kind] === "high" ? "chart.odd_high" : "chart.odd_low", { name }) }));
  }, [data, name]);
}

/** What the chart takes, in pixels, with its head and two lines of notes. */
const ROOM = 372;

export function Course({ answer, metric }: { answer: Answer<Report>; metric: string }) {
  const [isTable, tableButton] = useTableView();
  const [notes, odd] = [useMarks(), useAnomalies(metric)];
  const marks = useMemo(() => (odd.length ? [...notes, ...odd] : notes), [notes, odd]);
  const report = answer.data;
  const compared = report?.meta.compared;
  const days = daysBetween(period.value.from, period.value.to);
  const steps = (
    <label class="steps">
      <span class="hidden">{t("chart.steps")}</span>
      <select value={granularity.value} onChange={(event) => set({ by: event.currentTarget.value }, "replace")}>
        {GRANULARITIES.filter((step) => step !== "hour" || days <= 31).map((step) => (
          <option key={step} value={step}>
            {t(`step.${step}` as Key)}
          </option>
        ))}
      </select>
    </label>
  );
  // The line is there before its days are, so that the chart does not move.
  const note = compare.value !== "none" && !answer.error && (
    !compared ? "\u00a0" : (
    <span class="legend">
      <span>
        <i class="dot now" />
        {format.days(report.meta.from, report.meta.to)}
      </span>
      <span>
        <i class="dot before" />
        {format.days(compared.from, compared.to)}
      </span>
    </span>
    )
  );
  const title = (
    <>
      {metricLabel(metric)} <Info name={metric} />
    </>
  );
  return (
    <Panel class="course" id="course" title={title} note={note} call={answer.call} tools={<>{steps}{tableButton}</>} room={ROOM} isStale={answer.loading}>
      {answer.error ? (
        <ErrorBox error={answer.error} again={answer.again} />
      ) : !report ? (
        <Waiting lines={8} />
      ) : isTable ? (
        <div class="course-table">
          <ReportTable report={report} call={answer.call} caption={metricLabel(metric)} columns={[report.columns[0]!.name, metric, `${metric}:previous`]} hasTotals />
        </div>
      ) : (
        <TimeChart report={report} metric={metric} isOpen={isOpen.value} marks={marks} />
      )}
    </Panel>
  );
}
