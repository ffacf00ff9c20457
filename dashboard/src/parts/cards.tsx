// Key figures: value, change and course of each; a press on one shows it in the chart.

import { columnOf, drawn, total } from "../api/report";
import type { Report } from "../api/types";
import { t } from "../i18n";
import { metricLabel } from "../i18n/names";
import { isOpen } from "../state/period";
import { hereWith } from "../state/url";
import { Change, Figure } from "./figure";
import { Info } from "./info";
import { Sparkline } from "./sparkline";

export interface CardsProps {
  /** Null while it is on its way: the cards then keep their places. */
  report: Report | null;
  call: string;
  metrics: string[];
  /** The metric that the chart shows, where a press changes it. */
  selected?: string;
  isStale?: boolean;
}

export function Cards({ report, call, metrics, selected, isStale }: CardsProps) {
  const isCourse = report?.columns[0]?.kind === "dimension";
  return (
    <ul class="cards" aria-busy={!report || isStale || undefined}>
      {metrics.map((metric) => {
        const at = report ? columnOf(report, metric) : -1;
        const before = report ? columnOf(report, `${metric}:previous`) : -1;
        const label = metricLabel(metric);
        return (
          <li key={metric} class={`card ${selected === metric ? "selected" : ""}`}>
            <div class="card-head">
              {selected === undefined ? (
                <span class="card-name">{label}</span>
              ) : (
                <a class="card-name" href={hereWith({ metric: metric === metrics[0] ? null : metric })} aria-current={selected === metric ? "true" : undefined} title={t("card.show", { name: label })}>
                  {label}
                </a>
              )}
              <Info name={metric} />
            </div>
            <div class="card-value">
              {report ? <Figure value={total(report, metric)} unit={report.columns[at]?.unit ?? null} call={call} at={`totals.${at}`} metric={metric} /> : <span class="bone" />}
            </div>
            <div class="card-foot">
              {report && before >= 0 && (
                <Change metric={metric} now={report.totals[at]} before={report.totals[before]} call={call} at={`totals.${at}`} base={`totals.${before}`} />
              )}
              {report && isCourse && <Sparkline values={report.rows.map((row) => drawn(row[at]))} isOpen={isOpen.value} />}
            </div>
          </li>
        );
      })}
    </ul>
  );
}
