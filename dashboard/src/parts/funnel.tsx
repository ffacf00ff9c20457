// A funnel: how many reached each step, and how many of those before went no further. Columns of the server's answer are
// found by what they are called; what is not known is shown in the table.

import { columnOf, drawn } from "../api/report";
import type { Report } from "../api/types";
import { maybe, t } from "../i18n";
import { Figure } from "./figure";

/** Returns the name of the first column of `report` that is one of `names`. */
export const anyOf = (report: Report, names: string[]): string | undefined => names.find((name) => columnOf(report, name) >= 0);

export function FunnelChart({ report, call }: { report: Report; call: string }) {
  const count = anyOf(report, ["entered"]) ?? report.columns.find((c) => c.kind === "metric")?.name ?? "";
  const step = columnOf(report, anyOf(report, ["name", "step"]) ?? "step");
  const at = columnOf(report, count);
  const others = report.columns.map((c, index) => ({ ...c, index })).filter((c) => c.kind === "metric" && c.index !== at && c.name !== "step");
  const most = Math.max(1, ...report.rows.map((row) => drawn(row[at]) ?? 0));
  return (
    <ol class="funnel">
      {report.rows.map((row, index) => (
        <li key={index}>
          <div class="funnel-head">
            <span class="funnel-step">{stepName(String(row[Math.max(0, step)] ?? ""))}</span>
            <strong>
              <Figure value={row[at]} unit="count" call={call} at={`rows.${index}.${at}`} />
            </strong>
          </div>
          <svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
            <rect class="bar-back" width="100" height="10" />
            <rect class="bar-front" width={((drawn(row[at]) ?? 0) / most) * 100} height="10" />
          </svg>
          <dl class="funnel-more">
            {others
              .filter((column) => row[column.index] !== null)
              .map((column) => (
                <div key={column.name}>
                  <dt>{maybe(`column.${column.name}`, column.name.replaceAll("_", " "))}</dt>
                  <dd>
                    <Figure value={row[column.index]} unit={column.unit} call={call} at={`rows.${index}.${column.index}`} />
                  </dd>
                </div>
              ))}
          </dl>
        </li>
      ))}
    </ol>
  );
}

export function stepName(step: string): string {
  return maybe(`value.event.${step}`, step || t("unknown"));
}
