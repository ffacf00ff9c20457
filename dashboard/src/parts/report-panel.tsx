// A panel that asks one report and shows it as a table with bars: most panels of most screens are one of these. What it
// is sorted by and how many rows it shows stand in the address.

import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
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
  tools?: ComponentChildren;
  lead?: (cell: Cell, row: Cell[]) => ComponentChildren;
}

/** Most rows that room is kept for. */
const ROOM_ROWS_MAX = 12;

/** Returns the pixels that a table of so many rows takes with its head, and below it the button for more. */
const roomFor = (rows: number) => 96 + 31 * (1 + Math.min(rows, ROOM_ROWS_MAX));

export function ReportPanel(props: ReportPanelProps) {
  const { id, title, note, by = props.metrics[0]!, rows = 10, hasTotals, empty, class: kind, tools, lead, ...question } = props;
  const order = query.value.get(`sort.${id}`) ?? `-${by}`;
  const limit = Number(query.value.get(`rows.${id}`)) || rows;
  const answer = useAnswer<Report>(reportPath({ isCompared: true, ...question, order, limit }));
  const report = answer.data;
  const sorted = order.replace(/^-/, "");
  // A press anywhere changes the address that this panel reads; its table is made anew only with its figures.
  const table = useMemo(
    () =>
      report && (
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
      ),
    [report, answer.call, title, order, id, by, hasTotals, lead],
  );
  return (
    <Panel id={id} title={title} note={note} call={answer.call} class={kind} tools={tools} room={roomFor(rows + (hasTotals ? 1 : 0))} isStale={answer.loading}>
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
          {table}
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
