// Tables of things one by one, such as orders: which columns there are, and which of them are shown stands in the address.

import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { t, type Key } from "../i18n";
import { query } from "../state/url";
import { walkCells } from "./table";
import { TableBox } from "./tablebox";

/** A column of a list of `T`. */
export interface ListColumn<T> {
  name: string;
  label: Key;
  isFigure?: boolean;
  /** Whether it is shown only where somebody asked for it. */
  isExtra?: boolean;
  /** Whether there is no room for it where the list is one panel among many. */
  isLong?: boolean;
  class?: string;
  cell: (row: T, at: number) => ComponentChildren;
}

/** The parameter of the address that names the columns of the list `id`. */
export const columnsParameter = (id: string) => `columns.${id}`;

/** Returns the columns that are shown: those that the address names, else the usual ones. */
export function shownColumns<T>(id: string, columns: ListColumn<T>[], isShort = false): ListColumn<T>[] {
  const asked = isShort ? null : query.value.get(columnsParameter(id));
  if (asked === null) return columns.filter((column) => !column.isExtra && !(isShort && column.isLong));
  const names = asked.split(",");
  // The first says which thing a row is: a row without it says nothing.
  return columns.filter((column, at) => at === 0 || names.includes(column.name));
}

export interface ListTableProps<T> {
  caption: string;
  columns: ListColumn<T>[];
  rows: T[];
  key_of: (row: T) => string;
  row_class?: (row: T) => string;
}

export function ListTable<T>({ caption, columns, rows, key_of, row_class }: ListTableProps<T>) {
  const table = useRef<HTMLTableElement>(null);
  return (
    <TableBox>
      <table ref={table} class="table" onKeyDown={(event) => walkCells(event, table.current)}>
        <caption class="hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.name} scope="col" class={column.isFigure ? "number" : ""}>
                {t(column.label)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, at) => (
            <tr key={key_of(row)} class={row_class?.(row)}>
              {columns.map((column, place) =>
                place === 0 ? (
                  <th key={column.name} scope="row" class={column.class}>
                    {column.cell(row, at)}
                  </th>
                ) : (
                  <td key={column.name} class={column.isFigure ? "" : `text ${column.class ?? ""}`}>
                    {column.cell(row, at)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}
