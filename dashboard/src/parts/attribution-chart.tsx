// The same orders by several models: a bar for each model under each row, so that what a model gives and takes is seen.

import { drawn } from "../api/report";
import type { Report } from "../api/types";
import { t } from "../i18n";
import * as format from "../i18n/format";
import { columnLabel } from "../i18n/names";
import { ReportTable } from "./table";

/** Returns the names of the columns that say anything at all. */
function telling(report: Report): string[] {
  const tells = (at: number) => report.rows.some((row) => row[at] !== null);
  return report.columns.filter((column, at) => column.kind === "dimension" || tells(at)).map((column) => column.name);
}

export function AttributionChart({ report, call }: { report: Report; call: string }) {
  const columns = report.columns.map((c, at) => ({ ...c, at })).filter((c) => c.name.startsWith("net_sales:"));
  const most = Math.max(1e-9, ...report.rows.flatMap((row) => columns.map((c) => drawn(row[c.at]) ?? 0)));
  const lead = report.columns.findIndex((c) => c.kind === "dimension");
  return (
    <>
      <ul class="legend">
        {columns.map((c, at) => (
          <li key={c.name} class="row">
            <i class={`swatch model-${at % 6}`} />
            {columnLabel(c.name)}
          </li>
        ))}
      </ul>
      <ul class="attribution" aria-hidden="true">
        {report.rows.slice(0, 10).map((row, index) => (
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
      <ReportTable report={report} call={call} caption={t("attribution.compare")} columns={telling(report)} hasTotals={report.totals.length > 0} />
    </>
  );
}
