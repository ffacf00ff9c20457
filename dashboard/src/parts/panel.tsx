// A panel: a title, what it holds, and a menu that gives the same figures in other forms.

import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";
import { t } from "../i18n";
import { announce } from "./announce";
import { Icon } from "./icon";
import { Popover } from "./popover";

export interface PanelProps {
  title: ComponentChildren;
  /** One line under the title. */
  note?: ComponentChildren;
  /** The report that the panel shows; its menu gives it as a file. Empty while it is on its way. */
  call?: string;
  /** Whether the call takes `format=`. */
  hasFiles?: boolean;
  /** Controls beside the menu. */
  tools?: ComponentChildren;
  class?: string;
  id?: string;
  /** Pixels that the panel takes at least, so that nothing below it moves when its figures come. */
  room?: number;
  /** Whether an older answer is shown while a newer one is on its way. */
  isStale?: boolean;
  children: ComponentChildren;
}

export function Panel({ title, note, call, hasFiles = true, tools, class: kind = "", id, room, isStale, children }: PanelProps) {
  const heading = useId();
  return (
    <section class={`panel ${kind}`} id={id} ref={(box) => (room ? box?.style.setProperty("--room", `${room}px`) : undefined)} aria-labelledby={heading} aria-busy={isStale || undefined}>
      <header class="panel-head">
        <div>
          <h2 id={heading}>{title}</h2>
          {note && <p class="muted">{note}</p>}
        </div>
        <div class="panel-tools">
          {tools}
          {call ? <PanelMenu call={call} hasFiles={hasFiles} id={id} /> : call === "" && <span class="menu-room" />}
        </div>
      </header>
      {children}
    </section>
  );
}

/** Copies a text; says so. */
export async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    announce(t("copied"));
  } catch {
    announce(t("copy_failed"));
  }
}

function PanelMenu({ call, hasFiles, id }: { call: string; hasFiles: boolean; id?: string }) {
  const as = (form: string) => `${call}${call.includes("?") ? "&" : "?"}format=${form}`;
  const address = () => `${location.origin}${location.pathname}${location.search}${id ? `#${id}` : ""}`;
  return (
    <Popover class="quiet" icon="more" label={t("panel.menu")}>
      {(close) => (
        <ul class="menu">
          {hasFiles &&
            (["csv", "xlsx", "parquet"] as const).map((form) => (
              <li key={form}>
                <a href={as(form)} download={`tallyho.${form}`} onClick={close}>
                  {t("panel.file", { form: form === "parquet" ? "Parquet" : form.toUpperCase() })}
                </a>
              </li>
            ))}
          <li>
            <a href={call} target="_blank" rel="noopener">
              {t("panel.open_call")}
            </a>
          </li>
          <li>
            <button type="button" onClick={() => void copy(location.origin + call).then(close)}>
              {t("panel.copy_call")}
            </button>
          </li>
          <li>
            <button type="button" onClick={() => void copy(address()).then(close)}>
              {t("panel.copy_link")}
            </button>
          </li>
        </ul>
      )}
    </Popover>
  );
}

/** A button that shows a chart's figures as a table and back. */
export function useTableView(): [boolean, ComponentChildren] {
  const [isTable, set] = useState(false);
  const label = isTable ? t("panel.as_chart") : t("panel.as_table");
  const button = (
    <button type="button" class="button quiet" aria-pressed={isTable} aria-label={label} title={label} onClick={() => set(!isTable)}>
      <Icon name={isTable ? "chart" : "table"} />
    </button>
  );
  return [isTable, button];
}
