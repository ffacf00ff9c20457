// The filter of every screen as chips: each can be taken away, and a new one is put together here.

import { useState } from "preact/hooks";
import { useAnswer } from "../api/answers";
import { reportPath } from "../api/report";
import type { Report } from "../api/types";
import { t, type Key } from "../i18n";
import * as format from "../i18n/format";
import { dimensionLabel } from "../i18n/names";
import { catalogue } from "../state/catalogue";
import { filter, narrowed, SIGNS, without, type Condition, type Sign } from "../state/filters";
import { base } from "../state/session";
import { hereWith, query, set } from "../state/url";
import { Icon } from "./icon";
import { Popover } from "./popover";

/** Dimensions that cannot be filtered by, because the period says them. */
const PERIODS = new Set(["hour", "day", "week", "month", "quarter", "year", "item_property", "property", "first_order_month"]);

const SIGN_KEYS: Record<Sign, Key> = { "==": "filter.is", "!=": "filter.is_not", "=@": "filter.contains" };

export function conditionText({ dimension, sign, value }: Condition): string {
  return `${dimensionLabel(dimension)} ${t(SIGN_KEYS[sign])} ${format.value(dimension, value)}`;
}

export function FilterChips() {
  const segment = query.value.get("segment");
  if (filter.value.length === 0 && !segment) return null;
  return (
    <ul class="chips" aria-label={t("filter.active")}>
      {segment && (
        <Chip text={t("filter.segment", { name: segment })} href={hereWith({ segment: null })} />
      )}
      {filter.value.map((any, at) => (
        <Chip key={at} text={any.map(conditionText).join(` ${t("filter.or")} `)} href={without(at)} />
      ))}
      {filter.value.length > 1 && (
        <li>
          <a href={hereWith({ filter: null })}>{t("filter.clear")}</a>
        </li>
      )}
    </ul>
  );
}

function Chip({ text, href }: { text: string; href: string }) {
  return (
    <li class="chip">
      <span>{text}</span>
      <a href={href} aria-label={t("filter.remove_named", { name: text })}>
        <Icon name="close" />
      </a>
    </li>
  );
}

export function AddFilter() {
  return (
    <Popover icon="filter" face={<span class="wide-only">{t("filter.add")}</span>} label={t("filter.add")}>
      {(close) => (
        <>
          <Builder onAdd={(condition) => (set({ filter: narrowed([condition]) }), close())} />
          <Segments close={close} />
        </>
      )}
    </Popover>
  );
}

/** The saved segments, where the server keeps any. */
function Segments({ close }: { close: () => void }) {
  const { data } = useAnswer<{ segments?: { name: string; text: string }[] }>(`${base.value}/segments`);
  if (!data?.segments?.length) return null;
  const chosen = query.value.get("segment");
  return (
    <section class="choices">
      <h3>{t("segments.choose")}</h3>
      <ul class="menu">
        {data.segments.map(({ name, text }) => (
          <li key={name}>
            <a href={hereWith({ segment: name === chosen ? null : name })} aria-current={name === chosen ? "true" : undefined} title={text} onClick={close}>
              {name}
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** A form for one condition; suggests the values of the dimension that occur most. */
export function Builder({ onAdd }: { onAdd: (condition: Condition) => void }) {
  const known = catalogue.value.dimensions.filter((d) => !PERIODS.has(d.name));
  const [dimension, setDimension] = useState("channel");
  const [sign, setSign] = useState<Sign>("==");
  const [value, setValue] = useState("");
  const values = useAnswer<Report>(valuesPath(dimension));
  const suggested = (values.data?.rows ?? []).map((row) => row[0]).filter((cell) => cell !== null && cell !== "");
  return (
    <form
      class="builder"
      onSubmit={(event) => {
        event.preventDefault();
        onAdd({ dimension, sign, value });
      }}
    >
      <label>
        {t("filter.dimension")}
        <select value={dimension} onChange={(event) => (setDimension(event.currentTarget.value), setValue(""))}>
          {known.map((d) => (
            <option key={d.name} value={d.name}>
              {dimensionLabel(d.name)}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t("filter.sign")}
        <select value={sign} onChange={(event) => setSign(event.currentTarget.value as Sign)}>
          {SIGNS.map((s) => (
            <option key={s} value={s}>
              {t(SIGN_KEYS[s])}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t("filter.value")}
        <input list="filter-values" value={value} onInput={(event) => setValue(event.currentTarget.value)} placeholder={t("unknown")} />
      </label>
      <datalist id="filter-values">
        {suggested.map((cell) => (
          <option key={String(cell)} value={String(cell)}>
            {format.value(dimension, cell)}
          </option>
        ))}
      </datalist>
      <button type="submit" class="button primary">
        {t("filter.apply")}
      </button>
    </form>
  );
}

const OF_ORDERS = /^(order_|trust|currency|coupon|payment|shipping|sales_channel|customer_type|first_)/;
const OF_EVENTS = /^(event|page_title)$/;

function valuesPath(dimension: string): string {
  const metric = OF_ORDERS.test(dimension)
    ? "orders"
    : OF_EVENTS.test(dimension)
      ? "events"
      : dimension === "search_term"
        ? "searches"
        : dimension === "goal"
          ? "goal_conversions"
          : dimension === "checkout_step"
            ? "carts"
            : dimension === "promotion" || dimension === "item_list"
              ? "list_views"
              : "visits";
  return reportPath({ metrics: [metric], dimensions: [dimension], order: `-${metric}`, limit: 50, isUnfiltered: true });
}
