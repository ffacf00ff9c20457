// "Does it tally?": what we counted yesterday beside what the shop's own list said when it was last compared, and who told
// us of the orders.

import { useAnswer, type Answer } from "../api/answers";
import { columnOf, drawn, reportPath } from "../api/report";
import type { Report } from "../api/types";
import { t } from "../i18n";
import * as format from "../i18n/format";
import { useLastTally } from "../state/tally";
import { plusDays } from "../state/days";
import { granularity, period, today } from "../state/period";
import { base } from "../state/session";
import { href, query } from "../state/url";
import { Figure } from "./figure";
import { Icon } from "./icon";
import { Panel } from "./panel";
import { ErrorBox, Waiting } from "./states";
import { DimensionCell } from "./table";

/** Kinds of senders that are shown; there are few. */
const SOURCES_MAX = 4;

/** Says whether the course of the screen has yesterday as a step of its own, with everything in it. */
const isInCourse = (day: string) =>
  granularity.value === "day" && period.value.from <= day && day <= period.value.to && !query.value.has("filter") && !query.value.has("segment");

export function TallyPanel({ course }: { course: Answer<Report> }) {
  const yesterday = plusDays(today.value, -1);
  const isKnown = isInCourse(yesterday);
  const asked = useAnswer<Report>(isKnown ? null : reportPath({ metrics: ["orders", "net_sales"], from: yesterday, to: yesterday, isUnfiltered: true }));
  const of_day = isKnown ? course : asked;
  const row = isKnown ? (of_day.data?.rows.findIndex((cells) => cells[0] === yesterday) ?? -1) : -1;
  const place = row < 0 ? "totals" : `rows.${row}`;
  const cells = row < 0 ? of_day.data?.totals : of_day.data?.rows[row];
  const sources = useAnswer<Report>(reportPath({ metrics: ["orders", "order_total"], dimensions: ["order_source"], order: "-orders", limit: SOURCES_MAX }));
  // Who saw the orders at all, whoever's statement was taken; older servers do not tell, and refuse the question.
  const seen = useAnswer<{ orders?: Record<string, number | null> }>(`${base.value}/health?limit=1`);
  const told = useLastTally();
  return (
    <Panel title={t("tally.title")} note={t("tally.yesterday", { day: format.day(yesterday, "weekday") })} call={of_day.call} isStale={of_day.loading}>
      <div class="tally-room">
      {of_day.error ? (
        <ErrorBox error={of_day.error} again={of_day.again} />
      ) : of_day.data ? (
        <dl class="tally-figures">
          {["orders", "net_sales"].map((metric) => {
            const at = columnOf(of_day.data!, metric);
            return (
              <div key={metric}>
                <dt>{t(metric === "orders" ? "tally.orders" : "tally.net_sales")}</dt>
                <dd>
                  <Figure value={cells![at]} unit={of_day.data!.columns[at]!.unit} call={of_day.call} at={`${place}.${at}`} />
                </dd>
              </div>
            );
          })}
        </dl>
      ) : (
        <Waiting lines={1} />
      )}
      </div>
      {told ? (
        <p class={`badge ${told.equal ? "good" : "warn"}`}>
          <Icon name={told.equal ? "check" : "warn"} />
          <a href={href("/tally")}>
            {told.equal
              ? t("tally.equal", { n: told.listed, period: format.days(told.from, told.to) })
              : t("tally.unequal", { n: told.missing + told.extra + told.different, period: format.days(told.from, told.to) })}
          </a>
        </p>
      ) : (
        <p class="badge plain">
          <Icon name="info" />
          <a href={href("/tally")}>{t("tally.never")}</a>
        </p>
      )}
      <h3>{t("tally.coverage")}</h3>
      {sources.data && <Coverage report={sources.data} call={sources.call} />}
      {sources.data && seen.data?.orders && (
        <dl class="tally-seen">
          {(["share_by_browser", "share_by_server"] as const).map((name) => (
            <div key={name}>
              <dt>{t(name === "share_by_browser" ? "tally.seen_browser" : "tally.seen_server")}</dt>
              <dd>
                <Figure value={seen.data!.orders![name]} unit="percent" call={seen.call} at={`orders.${name}`} />
              </dd>
            </div>
          ))}
        </dl>
      )}
    </Panel>
  );
}

/** Who told of the orders: a bar for each kind of sender. */
function Coverage({ report, call }: { report: Report; call: string }) {
  const at = columnOf(report, "orders");
  const most = Math.max(1, ...report.rows.map((row) => drawn(row[at]) ?? 0));
  if (report.rows.length === 0) return <p class="muted">{t("empty.orders")}</p>;
  return (
    <ul class="bars">
      {report.rows.map((row, index) => (
        <li key={String(row[0])}>
          <DimensionCell name="order_source" cell={row[0]!} />
          <svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
            <rect class="bar-back" width="100" height="6" />
            <rect class="bar-front" width={((drawn(row[at]) ?? 0) / most) * 100} height="6" />
          </svg>
          <Figure value={row[at]} unit="count" call={call} at={`rows.${index}.${at}`} metric="orders" also={[{ dimension: "order_source", sign: "==", value: String(row[0] ?? "") }]} />
        </li>
      ))}
    </ul>
  );
}
