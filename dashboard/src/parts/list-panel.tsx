// A panel of things one by one (orders, carts, customers): pages of a list that the server cuts.

import type { ComponentChildren } from "preact";
import { useAnswer, type Answer } from "../api/answers";
import type { ListMeta } from "../api/types";
import { t } from "../i18n";
import { Icon } from "./icon";
import { Panel } from "./panel";
import { Empty, ErrorBox, Waiting } from "./states";
import { hereWith, query } from "../state/url";

export const PAGE_ROWS = 50;

/** Returns the offset of the page in the address. */
export const pageOffset = (): number => Math.max(0, (Number(query.value.get("page")) || 1) - 1) * PAGE_ROWS;

export interface ListPanelProps<T extends { meta: ListMeta }> {
  title: string;
  path: string;
  note?: ComponentChildren;
  tools?: ComponentChildren;
  count: (data: T) => number;
  empty: ComponentChildren;
  isPaged?: boolean;
  every_ms?: number;
  /** Pixels that the panel takes at least. */
  room?: number;
  class?: string;
  children: (data: T, answer: Answer<T>) => ComponentChildren;
}

export function ListPanel<T extends { meta: ListMeta }>(props: ListPanelProps<T>) {
  const answer = useAnswer<T>(props.path, props.every_ms);
  const { data } = answer;
  return (
    <Panel title={props.title} note={props.note} call={answer.call} hasFiles={false} tools={props.tools} isStale={answer.loading} class={props.class} room={props.room}>
      {answer.error ? (
        <ErrorBox error={answer.error} again={answer.again} />
      ) : !data ? (
        <Waiting />
      ) : props.count(data) === 0 ? (
        <Empty title={t("empty.title")}>{props.empty}</Empty>
      ) : (
        <>
          {props.children(data, answer)}
          {props.isPaged && <Pages meta={data.meta} />}
        </>
      )}
    </Panel>
  );
}

function Pages({ meta }: { meta: ListMeta }) {
  const [offset, total] = [meta.offset ?? 0, meta.total ?? 0];
  if (total <= PAGE_ROWS) return null;
  const page = Math.floor(offset / PAGE_ROWS) + 1;
  const last = Math.ceil(total / PAGE_ROWS);
  const to = (n: number) => hereWith({ page: n === 1 ? null : String(n) });
  return (
    <nav class="pages" aria-label={t("pages.label")}>
      {page > 1 ? (
        <a class="button" href={to(page - 1)} rel="prev">
          <Icon name="back" />
          {t("pages.back")}
        </a>
      ) : (
        <span />
      )}
      <span class="muted">{t("pages.at", { from: offset + 1, to: Math.min(offset + PAGE_ROWS, total), all: total })}</span>
      {page < last ? (
        <a class="button" href={to(page + 1)} rel="next">
          {t("pages.next")}
          <Icon name="next" />
        </a>
      ) : (
        <span />
      )}
    </nav>
  );
}
