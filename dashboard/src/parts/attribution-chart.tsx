// The same figure by several models: a bar for each model under each row, so that what a model gives and takes is seen.

import { drawn } from "../api/report";
import type { Report } from "../api/types";
import { t } from "../i18n";
import * as format from "../i18n/format";
import { columnLabel } from "../i18n/names";
import { ReportTable } from "./table";

export function AttributionChart({ report, call }: { report: Report; call: string }) {
  // The columns of one unit can be drawn on one scale; money says more than orders.
  const figures = report.columns.map((c, at) => ({ ...c, at })).filter((c) => c.kind === "metric");
  const money = figures.filter((c) => c.unit && /^[A-Z]{3}$/.test(c.unit));
  const columns = money.length ? money : figures;
  const most = Math.max(1e-9, ...report.rows.flatMap((row) => columns.map((c) => drawn(row[c.at]) ?? 0)));
  const lead = report.columns.findIndex((c) => c.kind === "dimension");
  return (
    <>
      <ReportTable report={report} call={call} caption={t("attribution.compare")} hasTotals={report.totals.length > 0} />
      <h3>{t("attribution.drawn")}</h3>
      <ul class="attribution" aria-hidden="true">
        {report.rows.slice(0, 12).map((row, index) => (
          <li key={index}>
            <span>{format.value(report.columns[lead]?.name ?? "", row[lead])}</span>
            <span class="share-bars">
              {columns.map((c, at) => (
                <svg key={c.name} class={`bar model-${at % 6}`} viewBox="0 0 100 6" preserveAspectRatio="none">
                  <rect width={Math.max(0, ((drawn(row[c.at]) ?? 0) / most) * 100)} height="6" />
                </svg>
              ))}
            </span>
          </li>
        ))}
      </ul>
      <ul class="legend">
        {columns.map((c, at) => (
          <li key={c.name} class="row">
            <i class={`swatch model-${at % 6}`} />
            {columnLabel(c.name)}
          </li>
        ))}
      </ul>
    </>
  );
}
