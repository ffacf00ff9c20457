// A panel that asks one report and shows it as a table with bars: most panels of most screens are one of these. What it
// is sorted by and how many rows it shows stand in the address.

import type { ComponentChildren } from "preact";
import { useAnswer } from "../api/answers";
import { reportPath, type Question } from "../api/report";
import type { Cell, Report } from "../api/types";
import { t } from "../i18n";
import { metricNamed } from "../state/catalogue";
import { query, set } from "../state/url";
import { Panel } from "./panel";
import { Empty, ErrorBox, Waiting } from "./states";
import { ReportTable } from "./table";

export interface ReportPanelProps extends Omit<Question, "order" | "limit"> {
  id: string;
  title: string;
  note?: ComponentChildren;
  /** Metric that the rows are first sorted by, falling; drawn as bars. */
  by?: string;
  rows?: number;
  hasTotals?: boolean;
  empty?: string;
  class?: string;
  lead?: (cell: Cell, row: Cell[]) => ComponentChildren;
}

export function ReportPanel(props: ReportPanelProps) {
  const { id, title, note, by = props.metrics[0]!, rows = 10, hasTotals, empty, class: kind, lead, ...question } = props;
  const order = query.value.get(`sort.${id}`) ?? `-${by}`;
  const limit = Number(query.value.get(`rows.${id}`)) || rows;
  const answer = useAnswer<Report>(reportPath({ isCompared: true, ...question, order, limit }));
  const report = answer.data;
  const sorted = order.replace(/^-/, "");
  return (
    <Panel id={id} title={title} note={note} call={answer.call || undefined} class={kind} isStale={answer.loading}>
      {answer.error ? (
        <ErrorBox error={answer.error} again={answer.again} />
      ) : !report ? (
        <Waiting lines={Math.min(rows, 6)} />
      ) : report.rows.length === 0 ? (
        <Empty title={t("empty.title")}>
          <p>{empty ?? t("empty.period")}</p>
        </Empty>
      ) : (
        <>
          <ReportTable
            report={report}
            call={answer.call}
            caption={title}
            order={order}
            onOrder={(next) => set({ [`sort.${id}`]: next === `-${by}` ? null : next })}
            bar={metricNamed(sorted) ? sorted : by}
            hasTotals={hasTotals}
            lead={lead}
          />
          {report.meta.rows_total > report.rows.length && (
            <button type="button" class="button quiet more" onClick={() => set({ [`rows.${id}`]: String(limit + Math.max(rows, 25)) }, "replace")}>
              {t("panel.more", { shown: report.rows.length, all: report.meta.rows_total })}
            </button>
          )}
        </>
      )}
    </Panel>
  );
}
