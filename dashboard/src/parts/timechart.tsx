// The course of one metric: this period, what it is compared with (dashed), and the last step dashed while it still runs.
// Drawn by uPlot on a canvas; "view as table" shows the same figures as text.

import uPlot from "uplot";
import { useEffect, useRef, useState } from "preact/hooks";
import { drawn } from "../api/report";
import type { Report } from "../api/types";
import { t } from "../i18n";
import * as format from "../i18n/format";
import { metricLabel } from "../i18n/names";
import { language } from "../i18n";
import { shade } from "../state/prefs";

/** A note on the time axis. */
export interface Mark {
  day: string;
  text: string;
}

export interface TimeChartProps {
  report: Report;
  metric: string;
  /** Whether the last step still runs. */
  isOpen: boolean;
  marks?: Mark[];
  height?: number;
}

/** Returns the colour of a custom property as a canvas takes it. */
function colour(box: HTMLElement, name: string): string {
  const probe = document.createElement("span");
  probe.style.setProperty("color", `var(${name})`);
  box.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

interface Series {
  labels: string[];
  now: (number | null)[];
  before: (number | null)[] | null;
}

function seriesOf(report: Report, metric: string): Series {
  const at = report.columns.findIndex((c) => c.name === metric);
  const previous = report.columns.findIndex((c) => c.name === `${metric}:previous`);
  return {
    labels: report.rows.map((row) => String(row[0])),
    now: report.rows.map((row) => drawn(row[at])),
    before: previous < 0 ? null : report.rows.map((row) => drawn(row[previous])),
  };
}

/** Writes the label of a step on the axis. */
function stepLabel(kind: string, label: string): string {
  if (kind === "hour") return format.instant(label, "time").replace(/:\d\d(?=\D*$)/, "");
  return format.day(label, kind === "month" ? "month" : "short");
}

export function TimeChart({ report, metric, isOpen, marks = [], height = 260 }: TimeChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const [hover, setHover] = useState<{ at: number; left: number } | null>(null);
  const series = seriesOf(report, metric);
  const unit = report.columns.find((c) => c.name === metric)?.unit ?? null;
  const kind = report.columns[0]?.name ?? "day";
  const look = `${shade.value} ${language.value}`;

  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const [ink, line, accent, fill, faint] = ["--muted", "--line", "--accent", "--accent-soft", "--faint"].map((n) => colour(element, n)) as [string, string, string, string, string];
    const last = series.labels.length - 1;
    const cut = isOpen && last > 0;
    const solid = cut ? series.now.map((v, at) => (at === last ? null : v)) : series.now;
    const running = series.now.map((v, at) => (cut && at >= last - 1 ? v : null));
    const rows: uPlot.AlignedData = [series.labels.map((_, at) => at), series.before ?? series.now.map(() => null), solid, running];
    const font = "11px system-ui, sans-serif";
    const axis: uPlot.Axis = { stroke: ink, font, grid: { stroke: line, width: 1 }, ticks: { show: false } };
    const point = { size: 5, fill: accent };
    const chart = new uPlot(
      {
        width: element.clientWidth,
        height,
        padding: [10, 12, 0, 0],
        legend: { show: false },
        cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
        scales: { x: { time: false, range: [-0.3, Math.max(last, 1) + 0.3] }, y: { range: (_u, low, high) => [Math.min(0, low ?? 0), (high ?? 0) > 0 ? high! * 1.06 : 1] } },
        axes: [
          {
            ...axis,
            grid: { show: false },
            size: 26,
            space: 64,
            incrs: [1, 2, 3, 4, 5, 7, 10, 14, 15, 20, 28, 30, 50, 60, 90],
            values: (_u, splits) => splits.map((at) => (Number.isInteger(at) && series.labels[at] ? stepLabel(kind, series.labels[at]) : "")),
          },
          { ...axis, size: 58, space: 44, values: (_u, splits) => splits.map((n) => format.short(n, unit)) },
        ],
        series: [
          {},
          { stroke: faint, width: 1.5, dash: [5, 4], points: { show: last === 0 } },
          { stroke: accent, width: 2, fill, points: { show: last < 1, ...point } },
          { stroke: accent, width: 2, dash: [3, 4], points: { show: (_u, _s) => cut, filter: () => (cut ? [last] : []), size: 7, fill: colour(element, "--panel"), stroke: accent, width: 2 } },
        ],
        hooks: {
          setCursor: [(u) => setHover(u.cursor.idx == null || (u.cursor.left ?? -1) < 0 ? null : { at: u.cursor.idx, left: u.valToPos(u.cursor.idx, "x") })],
          draw: [(u) => drawMarks(u, marks, series.labels, ink)],
        },
      },
      rows,
      element,
    );
    const resize = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height }));
    resize.observe(element);
    return () => {
      resize.disconnect();
      chart.destroy();
      setHover(null);
    };
  }, [report, metric, look, isOpen, marks]);

  const shown = marks.filter((mark) => series.labels.some((label) => label.startsWith(mark.day)));
  return (
    <div class="time-chart">
      <div class="time-canvas" ref={box} role="img" aria-label={t("chart.of", { name: metricLabel(metric) })} />
      {hover && series.labels[hover.at] !== undefined && (
        <div class="chart-tip" ref={(tip) => tip?.style.setProperty("--at", `${hover.left}px`)} data-side={hover.left > (box.current?.clientWidth ?? 0) / 2 ? "left" : "right"}>
          <strong>{format.value(kind, series.labels[hover.at]!)}</strong>
          <span>
            <i class="dot now" />
            {format.figure(report.rows[hover.at]![report.columns.findIndex((c) => c.name === metric)], unit)}
            {isOpen && hover.at === series.labels.length - 1 ? ` (${t("chart.running")})` : ""}
          </span>
          {series.before && (
            <span>
              <i class="dot before" />
              {format.figure(report.rows[hover.at]![report.columns.findIndex((c) => c.name === `${metric}:previous`)], unit)}
            </span>
          )}
        </div>
      )}
      {shown.length > 0 && (
        <ul class="chart-marks" tabIndex={0} aria-label={t("chart.marks")}>
          {shown.map((mark) => (
            <li key={`${mark.day}${mark.text}`}>
              <time dateTime={mark.day}>{format.day(mark.day)}</time> {mark.text}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function drawMarks(u: uPlot, marks: Mark[], labels: string[], ink: string): void {
  const { ctx, bbox } = u;
  ctx.save();
  ctx.strokeStyle = ink;
  ctx.fillStyle = ink;
  for (const mark of marks) {
    const at = labels.findIndex((label) => label.startsWith(mark.day));
    if (at < 0) continue;
    const x = Math.round(u.valToPos(at, "x", true)) + 0.5;
    ctx.setLineDash([2, 3]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.beginPath();
    ctx.arc(x, bbox.top + 4, 3, 0, 7);
    ctx.fill();
  }
  ctx.restore();
}
