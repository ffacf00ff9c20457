// A heat map: one figure by two dimensions, darker where it is larger. The figures stand in the cells, so the colour only
// helps the eye.

import { useRef } from "preact/hooks";
import { columnOf, drawn } from "../api/report";
import type { Cell, Report } from "../api/types";
import * as format from "../i18n/format";
import { columnLabel } from "../i18n/names";
import { Figure } from "./figure";
import { conditionOf, walkCells } from "./table";
import { TableBox } from "./tablebox";

export interface HeatMapProps {
  report: Report;
  call: string;
  caption: string;
  /** Columns whose values make the rows and the columns, and the figure in the cells. */
  down: string;
  across: string;
  metric: string;
  /** Most columns that are shown. */
  columnsMax?: number;
  isPlain?: boolean;
  /** A column that is the same all along a row, shown once in front. */
  beside?: string;
}

/** Stretches of time and steps stand in their own order, everything else as the server sorted it. */
const ORDERED = /^(hour|day|week|month|quarter|year|weekday|hour_of_day|first_order_month|cohort|k)$/;

function valuesOf(report: Report, at: number, name: string): Cell[] {
  const values = [...new Set(report.rows.map((row) => row[at] ?? null))];
  if (!ORDERED.test(name)) return values;
  return values.sort((a, b) => (typeof a === "number" && typeof b === "number" ? a - b : String(a ?? "").localeCompare(String(b ?? ""))));
}

export function HeatMap({ report, call, caption, down, across, metric, columnsMax = 24, isPlain, beside }: HeatMapProps) {
  const table = useRef<HTMLTableElement>(null);
  const [downAt, acrossAt, at] = [columnOf(report, down), columnOf(report, across), columnOf(report, metric)];
  const rows = valuesOf(report, downAt, down);
  const columns = valuesOf(report, acrossAt, across).slice(0, columnsMax);
  const index = new Map(report.rows.map((row, position) => [JSON.stringify([row[downAt] ?? null, row[acrossAt] ?? null]), position]));
  // Everybody is there in the month of the first order, and has ordered: it says nothing, and beside it the later months
  // would all look alike.
  const isNeutral = (column: Cell | undefined) => across === "k" && column === 0;
  const most = Math.max(1e-9, ...report.rows.filter((row) => !isNeutral(row[acrossAt])).map((row) => drawn(row[at]) ?? 0));
  const unit = report.columns[at]?.unit ?? null;
  const besideAt = beside ? columnOf(report, beside) : -1;
  return (
    <TableBox>
      <table ref={table} class={`table ${isPlain ? "" : "heat"}`} onKeyDown={(event) => walkCells(event, table.current)}>
        <caption class="hidden">{caption}</caption>
        <thead>
          <tr>
            <th scope="col">{columnLabel(down)}</th>
            {besideAt >= 0 && (
              <th scope="col" class="number">
                {columnLabel(beside!)}
              </th>
            )}
            {columns.map((column) => (
              <th key={String(column)} scope="col" class="number">
                {format.value(across, column)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, line) => (
            <tr key={String(row)}>
              <th scope="row">{format.value(down, row)}</th>
              {besideAt >= 0 && <Beside report={report} call={call} at={besideAt} position={report.rows.findIndex((one) => (one[downAt] ?? null) === row)} />}
              {columns.map((column, place) => {
                const position = index.get(JSON.stringify([row, column]));
                if (position === undefined) return <td key={String(column)} />;
                const cell = report.rows[position]![at];
                const share = isNeutral(column) ? 0 : Math.min(1, Math.max(0, drawn(cell) ?? 0) / most);
                const also = [conditionOf(down, row), conditionOf(across, column)].filter((c) => c !== null);
                return (
                  <td key={String(column)} class={isNeutral(column) ? "neutral" : ""} ref={(element) => element?.style.setProperty("--heat", share.toFixed(3))}>
                    <Figure value={cell} unit={unit} call={call} at={`rows.${position}.${at}`} metric={metric} also={also} tabIndex={line === 0 && place === 0 ? 0 : -1} />
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

function Beside({ report, call, at, position }: { report: Report; call: string; at: number; position: number }) {
  return (
    <td class="plain">
      <Figure value={report.rows[position]?.[at]} unit={report.columns[at]!.unit} call={call} at={`rows.${position}.${at}`} />
    </td>
  );
}
