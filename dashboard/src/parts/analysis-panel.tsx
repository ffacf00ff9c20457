// A panel of any analysis: whatever columns the server answers, as a table.

import type { ComponentChildren } from "preact";
import { useAnswer, type Answer } from "../api/answers";
import type { Report } from "../api/types";
import { t } from "../i18n";
import { isShare } from "../state/session";
import { Panel } from "./panel";
import { Empty, ErrorBox, Waiting } from "./states";
import { ReportTable } from "./table";

export interface AnalysisPanelProps {
  title: string;
  note?: ComponentChildren;
  path: string | null;
  tools?: ComponentChildren;
  empty?: string;
  bar?: string;
  hasTotals?: boolean;
  /** Whether it names single orders, visits or customers, which shared links do not show. */
  isSingles?: boolean;
  /** Shown in place of the table. */
  children?: (report: Report, answer: Answer<Report>) => ComponentChildren;
}

export function AnalysisPanel({ title, note, path, tools, empty, bar, hasTotals, isSingles, children }: AnalysisPanelProps) {
  const isHidden = isSingles && isShare.value;
  const answer = useAnswer<Report>(isHidden ? null : path);
  const report = answer.data;
  if (isHidden) return null;
  return (
    <Panel title={title} note={note} tools={tools} call={answer.data ? answer.call : undefined} isStale={answer.loading}>
      {answer.error ? (
        <ErrorBox error={answer.error} again={answer.again} />
      ) : !report ? (
        <Waiting />
      ) : report.rows.length === 0 ? (
        <Empty title={t("empty.title")}>
          <p>{empty ?? t("empty.period")}</p>
        </Empty>
      ) : children ? (
        children(report, answer)
      ) : (
        <ReportTable report={report} call={answer.call} caption={title} bar={bar} hasTotals={hasTotals && report.totals.length > 0} />
      )}
    </Panel>
  );
}
