// A short list of things that can be taken away: tokens, users, goals, shares, notes.

import type { ComponentChildren } from "preact";
import { t } from "../i18n";
import { Remove } from "./form";
import { Empty } from "./states";
import { TableBox } from "./tablebox";

export interface ListingProps<T> {
  caption: string;
  columns: string[];
  rows: T[];
  key_of: (row: T) => string;
  cells: (row: T) => ComponentChildren[];
  empty: string;
  onRemove?: (row: T) => void;
}

export function Listing<T>({ caption, columns, rows, key_of, cells, empty, onRemove }: ListingProps<T>) {
  if (rows.length === 0) return <Empty title={empty} />;
  return (
    <TableBox>
      <table class="table">
        <caption class="hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
            {onRemove && (
              <th scope="col">
                <span class="hidden">{t("delete")}</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const [first, ...rest] = cells(row);
            return (
              <tr key={key_of(row)}>
                <th scope="row">{first}</th>
                {rest.map((cell, at) => (
                  <td key={at} class="text">
                    {cell}
                  </td>
                ))}
                {onRemove && (
                  <td>
                    <Remove label={t("delete_named", { name: key_of(row) })} onConfirm={() => onRemove(row)} />
                  </td>
                )}
              </tr>
            );
          })}
        </tbody>
      </table>
    </TableBox>
  );
}
