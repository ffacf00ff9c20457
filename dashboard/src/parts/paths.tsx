// Ways to an order: touch after touch, with what they led to.

import type { Report } from "../api/types";
import { t } from "../i18n";
import { ReportTable } from "./table";

/** Takes a way apart, however the server joins its touches. */
export const touches = (text: string): string[] => text.split(/\s*(?:>|→|;)\s*/).filter(Boolean);

export function Paths({ report, call }: { report: Report; call: string }) {
  const bar = report.columns.find((c) => c.kind === "metric")?.name;
  return (
    <ReportTable
      report={report}
      call={call}
      caption={t("attribution.paths")}
      bar={bar}
      lead={(cell) => (
        <span class="path">
          {touches(String(cell ?? "")).map((touch, at) => (
            <span key={at}>
              {at > 0 && <span aria-hidden="true">→</span>} {touch}
            </span>
          ))}
        </span>
      )}
    />
  );
}
