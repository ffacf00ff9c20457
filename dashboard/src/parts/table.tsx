// Tables of reports: rows that filter, figures that explain themselves, sorting and paging left to the server. The
// arrow keys walk through the cells, so that a table of a thousand figures is one stop of the Tab key.

import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { columnOf, drawn } from "../api/report";
import type { Cell, Report } from "../api/types";
import { t } from "../i18n";
import * as format from "../i18n/format";
import { columnLabel } from "../i18n/names";
import { dimensionNamed } from "../state/catalogue";
import { holds, toggle, type Condition } from "../state/filters";
import { href, segment } from "../state/url";
import { Change, Figure } from "./figure";
import { TableBox } from "./tablebox";

export interface ReportTableProps {
  report: Report;
  call: string;
  caption: string;
  /** Columns that are shown, in order; all without it. */
  columns?: string[];
  /** How the rows are ordered now, such as `-orders`, and what a press on a head does. */
  order?: string;
  onOrder?: (order: string) => void;
  /** Column whose figures are drawn as bars behind the first cell. */
  bar?: string;
  hasTotals?: boolean;
  /** In place of the first dimension's cell. */
  lead?: (cell: Cell, row: Cell[]) => ComponentChildren;
  /** Rows that are shown; all without it. */
  where?: (row: Cell[]) => boolean;
}

const TIME = new Set(["hour", "day", "week", "month", "quarter", "year"]);

/** Returns the condition that a dimension's cell stands for, null for one that cannot be filtered by. */
export function conditionOf(dimension: string, cell: Cell | undefined): Condition | null {
  if (TIME.has(dimension) || !dimensionNamed(dimension)) return null;
  return { dimension, sign: "==", value: cell === null || cell === undefined ? "" : String(cell) };
}

/** Walks through the cells with the arrow keys. */
export function walkCells(event: KeyboardEvent, table: HTMLElement | null): void {
  const steps: Record<string, [number, number]> = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  const step = steps[event.key];
  const cell = (event.target as HTMLElement).closest("td, th");
  if (!step || !cell || !table) return;
  const rows = [...table.querySelectorAll("tr")];
  let at = rows.indexOf(cell.parentElement as HTMLTableRowElement);
  let column = (cell as HTMLTableCellElement).cellIndex;
  for (;;) {
    at += step[0];
    column += step[1];
    const next = rows[at]?.cells[column];
    if (!next) return;
    const inside = next.querySelector<HTMLElement>("button, a");
    if (!inside) continue;
    event.preventDefault();
    inside.focus();
    return;
  }
}

export function ReportTable(props: ReportTableProps) {
  const { report, call, caption, order, onOrder, bar, hasTotals, lead, where } = props;
  const table = useRef<HTMLTableElement>(null);
  const names = props.columns ?? report.columns.map((c) => c.name).filter((name) => !name.endsWith(":previous"));
  const columns = names.map((name) => ({ at: columnOf(report, name), name })).filter((c) => c.at >= 0);
  // A figure says where it stands in the answer, so rows keep their numbers when some are left out.
  const rows = report.rows.map((row, index) => ({ row, index })).filter(({ row }) => where?.(row) ?? true);
  const barAt = bar ? columnOf(report, bar) : -1;
  const barMax = Math.max(0, ...rows.map(({ row }) => drawn(row[barAt]) ?? 0));
  const dimensions = report.columns.map((c, at) => ({ ...c, at })).filter((c) => c.kind === "dimension");
  return (
    <TableBox>
      <table ref={table} class="table" onKeyDown={(event) => walkCells(event, table.current)}>
        <caption class="hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ at, name }) => (
              <Head key={name} name={name} isFigure={report.columns[at]!.kind !== "dimension"} order={order} onOrder={onOrder} />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ row, index }, line) => {
            const also = dimensions.map((d) => conditionOf(d.name, row[d.at])).filter((c) => c !== null);
            const share = barAt >= 0 && barMax > 0 ? Math.max(0, drawn(row[barAt]) ?? 0) / barMax : null;
            return (
              <tr key={index}>
                {columns.map(({ at, name }, position) => {
                  const column = report.columns[at]!;
                  const cell = row[at] ?? null;
                  const tabIndex = line === 0 && position === 0 ? 0 : -1;
                  if (column.kind === "dimension") {
                    return (
                      <th scope="row" key={name}>
                        {position === 0 && share !== null && <Bar share={share} />}
                        {position === 0 && lead ? lead(cell, row) : <DimensionCell name={name} cell={cell} tabIndex={tabIndex} />}
                      </th>
                    );
                  }
                  const before = columnOf(report, `${name}:previous`);
                  return (
                    <td key={name}>
                      <Figure value={cell} unit={column.unit} call={call} at={`rows.${index}.${at}`} metric={name} also={also} tabIndex={tabIndex} />
                      {before >= 0 && name === bar && (
                        <Change metric={name} now={cell} before={row[before]} call={call} at={`rows.${index}.${at}`} base={`rows.${index}.${before}`} />
                      )}
                    </td>
                  );
                })}
              </tr>
            );
          })}
        </tbody>
        {hasTotals && rows.length > 0 && (
          <tfoot>
            <tr>
              {columns.map(({ at, name }, position) =>
                report.columns[at]!.kind === "dimension" ? (
                  <th scope="row" key={name}>{position === 0 ? t("total") : ""}</th>
                ) : (
                  <td key={name}>
                    <Figure value={report.totals[at]} unit={report.columns[at]!.unit} call={call} at={`totals.${at}`} metric={name} tabIndex={-1} />
                  </td>
                ),
              )}
            </tr>
          </tfoot>
        )}
      </table>
    </TableBox>
  );
}

function Bar({ share }: { share: number }) {
  return (
    <svg class="row-bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
      <rect width={Math.max(0.4, share * 100)} height="10" />
    </svg>
  );
}

function Head({ name, isFigure, order, onOrder }: { name: string; isFigure: boolean; order?: string; onOrder?: (order: string) => void }) {
  const sorted = order === `-${name}` ? "descending" : order === name ? "ascending" : undefined;
  const label = columnLabel(name);
  return (
    <th scope="col" class={isFigure ? "number" : ""} aria-sort={sorted}>
      {onOrder ? (
        <button type="button" class="head" onClick={() => onOrder(sorted === "descending" ? name : `-${name}`)}>
          {label}
          <span aria-hidden="true">{sorted === "descending" ? " ↓" : sorted === "ascending" ? " ↑" : ""}</span>
        </button>
      ) : (
        label
      )}
    </th>
  );
}

/** Columns of analyses that name one person or thing, and where it is shown. */
const PEOPLE: Record<string, string> = { visitor: "/visitors/", customer: "/customers/", order_id: "/orders/" };

/** A dimension's value; a press filters every panel by it. */
export function DimensionCell({ name, cell, tabIndex }: { name: string; cell: Cell; tabIndex?: number }) {
  const condition = conditionOf(name, cell);
  const text = format.value(name, cell);
  if (!condition) {
    const people = PEOPLE[name];
    if (people && typeof cell === "string") return <a href={href(`${people}${segment(cell)}`)}>{text}</a>;
    return <span class="cell-text">{text}</span>;
  }
  const isOn = holds(condition);
  return (
    <button type="button" class="cell-text" aria-pressed={isOn} tabIndex={tabIndex} title={`${text}: ${isOn ? t("filter.remove") : t("filter.by")}`} onClick={() => toggle(condition)}>
      {text}
    </button>
  );
}
