// Explore: any metric by any dimension, as a course, a table or a pivot. Everything that is chosen stands in the address.

import { useState } from "preact/hooks";
import { useAnswer } from "../api/answers";
import { reportPath } from "../api/report";
import type { Report } from "../api/types";
import { t, type Key } from "../i18n";
import { dimensionLabel, metricLabel } from "../i18n/names";
import { HeatMap } from "../parts/heatmap";
import { Icon } from "../parts/icon";
import { Panel } from "../parts/panel";
import { Empty, ErrorBox, Waiting } from "../parts/states";
import { ALL, SEGMENTS_MAX, segmentName } from "../parts/segment-names";
import { Chances } from "../parts/significance";
import { ReportTable } from "../parts/table";
import { TimeChart } from "../parts/timechart";
import { Title } from "../parts/title";
import { catalogue } from "../state/catalogue";
import { compare, isOpen } from "../state/period";
import { base, isShare } from "../state/session";
import { query, set } from "../state/url";

const STEPS = ["", "hour", "day", "week", "month", "quarter", "year"];
const VIEWS = ["table", "chart", "pivot"] as const;
const DIMENSIONS_MAX = 6;

const listed = (name: string, otherwise: string[]) => {
  const text = query.value.get(name);
  return text === null ? otherwise : text.split(",").filter(Boolean);
};

export function Explore() {
  const metrics = listed("metrics", ["net_sales", "orders", "conversion_rate"]);
  const dimensions = listed("dimensions", query.value.has("step") ? [] : ["channel"]);
  const step = query.value.get("step") ?? "";
  const fitting = VIEWS.filter((view) => view === "table" || (view === "chart" ? step && dimensions.length === 0 : dimensions.length + (step ? 1 : 0) === 2));
  const known = useAnswer<{ segments?: { name: string; text: string }[] }>(isShare.value ? null : `${base.value}/segments`);
  const segments = listed("segments", []);
  const views = segments.length ? VIEWS.slice(0, 1) : fitting;
  const asked = query.value.get("view") as (typeof VIEWS)[number] | null;
  const view = asked && views.includes(asked) ? asked : views.includes("chart") && !asked ? "chart" : "table";
  const order = query.value.get("order") ?? (step || !metrics[0] ? "" : `-${metrics[0]}`);
  const limit = Number(query.value.get("rows")) || (view === "table" ? 50 : 1000);
  const path = metrics.length ? reportPath({ metrics, dimensions, granularity: step, order, limit, segments, isCompared: view !== "pivot" && compare.value !== "none" }) : null;
  const answer = useAnswer<Report>(path);
  const report = answer.data;
  const tools = (
    <div class="row">
      {views.map((name) => (
        <button key={name} type="button" class="button quiet" aria-pressed={view === name} onClick={() => set({ view: name })}>
          {t(`explore.view.${name}` as Key)}
        </button>
      ))}
    </div>
  );
  return (
    <>
      <Title hasPeriod>{t("nav.explore")}</Title>
      <div class="explore-form">
        <Picked
          label={t("explore.metrics")}
          chosen={metrics}
          all={catalogue.value.metrics.map((m) => m.name)}
          name={metricLabel}
          onChange={(next) => set({ metrics: next.join(","), order: null })}
        />
        <Picked
          label={t("explore.dimensions")}
          chosen={dimensions}
          all={catalogue.value.dimensions.map((d) => d.name).filter((name) => !STEPS.includes(name))}
          name={dimensionLabel}
          max={DIMENSIONS_MAX}
          hasFree
          onChange={(next) => go_dimensions(next)}
        />
        {known.data?.segments?.length ? (
          <Picked
            label={t("segments.compare")}
            chosen={segments}
            all={[ALL, ...known.data.segments.map((one) => one.name)]}
            name={segmentName}
            max={SEGMENTS_MAX}
            onChange={(next) => set({ segments: next.join(",") || null, order: null })}
          />
        ) : null}
        <label>
          {t("explore.step")}
          <select value={step} onChange={(event) => set({ step: event.currentTarget.value || null, order: null, ...(event.currentTarget.value ? {} : { dimensions: query.value.get("dimensions") ?? "channel" }) })}>
            {STEPS.map((one) => (
              <option key={one} value={one}>
                {one ? dimensionLabel(one) : t("explore.no_step")}
              </option>
            ))}
          </select>
        </label>
      </div>
      <Panel title={metrics.map(metricLabel).join(", ") || t("nav.explore")} call={answer.data ? answer.call : undefined} tools={tools} isStale={answer.loading}>
        {metrics.length === 0 ? (
          <Empty title={t("explore.none")} />
        ) : answer.error ? (
          <ErrorBox error={answer.error} again={answer.again} />
        ) : !report ? (
          <Waiting lines={8} />
        ) : report.rows.length === 0 ? (
          <Empty title={t("empty.title")}>
            <p>{t("empty.period")}</p>
          </Empty>
        ) : view === "chart" ? (
          metrics.slice(0, 4).map((metric) => (
            <section key={metric}>
              <h3>{metricLabel(metric)}</h3>
              <TimeChart report={report} metric={metric} isOpen={isOpen.value} />
            </section>
          ))
        ) : view === "pivot" ? (
          <HeatMap report={report} call={answer.call} caption={t("explore.view.pivot")} down={report.columns[step ? 1 : 0]!.name} across={report.columns[step ? 0 : 1]!.name} metric={metrics[0]!} columnsMax={40} />
        ) : (
          <>
            <ReportTable report={report} call={answer.call} caption={t("nav.explore")} order={order} onOrder={(next) => set({ order: next })} bar={segments.length ? undefined : order.replace(/^-/, "") || metrics[0]} hasTotals />
            {report.meta.rows_total > report.rows.length && (
              <button type="button" class="button quiet more" onClick={() => set({ rows: String(limit + 100) }, "replace")}>
                {t("panel.more", { shown: report.rows.length, all: report.meta.rows_total })}
              </button>
            )}
          </>
        )}
      </Panel>
      {report && <Chances metrics={metrics} segments={segments} known={known.data?.segments ?? []} />}
    </>
  );
}

function go_dimensions(next: string[]): void {
  // An empty list is written out, because a missing one means the standard one.
  set({ dimensions: next.join(",") || (query.value.has("step") ? null : ","), order: null });
}

interface PickedProps {
  label: string;
  chosen: string[];
  all: string[];
  name: (name: string) => string;
  max?: number;
  /** Whether names that are in no list may be typed, such as `property:colour`. */
  hasFree?: boolean;
  onChange: (next: string[]) => void;
}

/** What is chosen, as chips, and a list of what may be added. */
function Picked({ label, chosen, all, name, max = 12, hasFree, onChange }: PickedProps) {
  const [typed, setTyped] = useState("");
  return (
    <div role="group" aria-label={label}>
      <p class="muted">{label}</p>
      <div class="picked">
        {chosen.map((one) => (
          <span key={one} class="chip">
            <span>{name(one)}</span>
            <button type="button" class="button quiet" aria-label={t("explore.remove", { name: name(one) })} onClick={() => onChange(chosen.filter((other) => other !== one))}>
              <Icon name="close" />
            </button>
          </span>
        ))}
        {chosen.length < max && (
          <select aria-label={t("explore.add", { name: label })} value="" onChange={(event) => event.currentTarget.value && onChange([...chosen, event.currentTarget.value])}>
            <option value="">{t("explore.add_short")}</option>
            {all
              .filter((one) => !chosen.includes(one))
              .map((one) => (
                <option key={one} value={one}>
                  {name(one)}
                </option>
              ))}
          </select>
        )}
        {hasFree && (
          <form
            onSubmit={(event) => {
              event.preventDefault();
              if (typed.trim()) onChange([...chosen, typed.trim()]);
              setTyped("");
            }}
          >
            <input size={14} aria-label={t("explore.property")} placeholder="property:name" value={typed} onInput={(event) => setTyped(event.currentTarget.value)} />
          </form>
        )}
      </div>
    </div>
  );
}
