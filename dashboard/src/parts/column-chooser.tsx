// Which columns a list shows: boxes to tick, kept in the address, so that a link shows a colleague the same.

import { t } from "../i18n";
import { set } from "../state/url";
import { columnsParameter, shownColumns, type ListColumn } from "./list-table";
import { Popover } from "./popover";

export function ColumnChooser<T>({ id, columns }: { id: string; columns: ListColumn<T>[] }) {
  const shown = shownColumns(id, columns).map((column) => column.name);
  const usual = columns.filter((column) => !column.isExtra).map((column) => column.name);
  const show = (names: string[]) => {
    const ordered = columns.map((column) => column.name).filter((name) => names.includes(name));
    set({ [columnsParameter(id)]: ordered.join() === usual.join() ? null : ordered.join() }, "replace");
  };
  return (
    <Popover icon="cohorts" class="quiet" label={t("columns.choose")}>
      <fieldset class="choices">
        <legend>{t("columns.choose")}</legend>
        {columns.slice(1).map((column) => (
          <label key={column.name} class="choice">
            <input
              type="checkbox"
              checked={shown.includes(column.name)}
              onChange={(event) => show(event.currentTarget.checked ? [...shown, column.name] : shown.filter((name) => name !== column.name))}
            />
            {t(column.label)}
          </label>
        ))}
        <button type="button" class="button" onClick={() => show(usual)}>
          {t("columns.usual")}
        </button>
      </fieldset>
    </Popover>
  );
}
