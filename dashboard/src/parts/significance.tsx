// Whether a rate differs by more than chance, between two periods or two segments: the server's own test, in one sentence.

import { useAnswer } from "../api/answers";
import { analysisPath, columnOf } from "../api/report";
import type { Report } from "../api/types";
import { t, type Key } from "../i18n";
import * as format from "../i18n/format";
import { metricLabel } from "../i18n/names";
import { filter } from "../state/filters";
import { compare } from "../state/period";
import { isShare } from "../state/session";
import { Figure } from "./figure";
import { Icon } from "./icon";
import { Panel } from "./panel";
import { ALL } from "./segment-names";

/** Rates that the server can test: a share of things that are counted. */
const TESTED = new Set([
  "conversion_rate", "visitor_conversion_rate", "bounce_rate", "refund_rate", "repeat_purchase_rate", "cart_abandonment_rate",
  "checkout_abandonment_rate", "view_to_cart_rate", "cart_to_order_rate", "buy_to_detail_rate", "goal_conversion_rate",
]);

export interface Segment {
  name: string;
  text: string;
}

export interface ChanceProps {
  metric: string;
  /** Two segments that are compared; two periods without them. */
  segments?: [Segment, Segment];
}

/** Returns the question whether `metric` differs by more than chance, null where nothing is compared. */
function question({ metric, segments }: ChanceProps): string | null {
  if (isShare.value || !TESTED.has(metric) || (!segments && compare.value === "none")) return null;
  // The test takes conditions, not names.
  const sides: Record<string, string> = segments ? { filter: segments[0].text, filter_b: segments[1].text } : { compare: compare.value };
  return analysisPath("significance", { metric, ...sides });
}

/** The sentence; nothing where there is nothing to test. */
export function Chance(props: ChanceProps) {
  const answer = useAnswer<Report>(question(props));
  const report = answer.data;
  if (answer.error) return <p class="muted">{answer.error.message}</p>;
  if (!report || report.rows.length < 2) return null;
  const verdict = String(report.meta["verdict"]);
  const at = (name: string) => columnOf(report, name);
  const side = (row: number) => (
    <>
      <Figure value={report.rows[row]![at("rate")]} unit="percent" call={answer.call} at={`rows.${row}.${at("rate")}`} />{" "}
      {t("chance.of", { counted: format.figure(report.rows[row]![at("counted")], "count"), all: format.figure(report.rows[row]![at("of")], "count") })}
    </>
  );
  const names = props.segments ? props.segments.map((one) => one.name) : report.rows.map((row) => format.days(String(row[at("from")]), String(row[at("to")])));
  return (
    <p class={`badge ${verdict === "significant" ? "good" : "plain"} chance`} data-verdict={verdict}>
      <Icon name={verdict === "significant" ? "check" : "info"} />
      <span>
        <strong>{metricLabel(props.metric)}:</strong> {names[0]} {side(0)} · {names[1]} {side(1)}
        <br />
        {t(`chance.${verdict}` as Key, { sure: format.figure(report.rows[0]![at("confidence")], "percent") })}
      </span>
    </p>
  );
}

export interface ChancesProps {
  metrics: string[];
  /** Names of what stands side by side. */
  segments: string[];
  known: Segment[];
}

/** The sentences of every rate that is shown, in a panel of their own. */
export function Chances({ metrics, segments, known }: ChancesProps) {
  const tested = metrics.filter((metric) => TESTED.has(metric));
  // What holds everything is no second sample: it contains the other.
  const pair = segments.filter((name) => name !== ALL).flatMap((name) => known.filter((one) => one.name === name)).slice(0, 2);
  // Both sides of a test of segments are conditions of their own; the screen's filter would be lost.
  if (segments.length > 0 && filter.value.length > 0) return null;
  const isOfPeriods = segments.length === 0 && compare.value !== "none";
  if (isShare.value || tested.length === 0 || !(isOfPeriods || pair.length === 2)) return null;
  return (
    <Panel class="below" title={t("chance.title")} note={t("chance.note")}>
      <div class="stack">
        {tested.map((metric) => (
          <Chance key={metric} metric={metric} segments={isOfPeriods ? undefined : (pair as [Segment, Segment])} />
        ))}
      </div>
    </Panel>
  );
}
