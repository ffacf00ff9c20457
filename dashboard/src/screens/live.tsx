// Live: what arrives at this moment, as it was sent and as it was understood.

import { useState } from "preact/hooks";
import { useAnswer } from "../api/answers";
import { reportPath } from "../api/report";
import type { ListMeta, LiveEvent, Report } from "../api/types";
import { maybe, t } from "../i18n";
import * as format from "../i18n/format";
import { Figure } from "../parts/figure";
import { ListPanel } from "../parts/list-panel";
import type { Now } from "../parts/livecount";
import { Panel } from "../parts/panel";
import { ErrorBox, Waiting } from "../parts/states";
import { Sparkline } from "../parts/sparkline";
import { TimeChart } from "../parts/timechart";
import { Title } from "../parts/title";
import { base, site } from "../state/session";
import { today } from "../state/period";
import { href } from "../state/url";

const EVERY_MS = 5_000;

export function Live() {
  const [isPaused, setPaused] = useState(false);
  const pause = (
    <button type="button" class="button" aria-pressed={isPaused} onClick={() => setPaused(!isPaused)}>
      {isPaused ? t("live.go_on") : t("live.pause")}
    </button>
  );
  return (
    <>
      <Title tools={pause}>{t("nav.live")}</Title>
      <div class="grid">
        <div class="span-5 stack">
          <HalfHour isPaused={isPaused} />
          <Today isPaused={isPaused} />
        </div>
        <div class="span-7">
          <ListPanel<{ events: LiveEvent[]; meta: ListMeta }>
            title={t("live.latest")}
            path={`${base.value}/live?limit=60`}
            every_ms={isPaused ? 0 : EVERY_MS}
            count={(data) => data.events.length}
            empty={<p>{t("empty.live")}</p>}
          >
            {(data) => (
              <ol class="live-list">
                {data.events.map((event) => (
                  <Row key={event.position} event={event} />
                ))}
              </ol>
            )}
          </ListPanel>
        </div>
      </div>
    </>
  );
}

function Row({ event }: { event: LiveEvent }) {
  const [isOpen, set] = useState(false);
  return (
    <li>
      <time dateTime={event.occurred_at} title={format.instant(event.occurred_at)} class="muted">
        {format.instant(event.occurred_at, "time")}
      </time>
      <strong>{maybe(`value.event.${event.name}`, event.name)}</strong>
      <span class="live-page">
        {event.search_term ?? event.page_title ?? event.page ?? ""}{" "}
        {event.visitor && <a href={href(`/visitors/${event.visitor}`)}>{t("order.visitor")}</a>}
      </span>
      <button type="button" class="button quiet" aria-expanded={isOpen} onClick={() => set(!isOpen)}>
        {t("live.details")}
      </button>
      {isOpen && <pre class="live-details">{JSON.stringify(event, null, 2)}</pre>}
    </li>
  );
}

/** What happened in the last half hour, as far as this build of the server tells it. */
function HalfHour({ isPaused }: { isPaused: boolean }) {
  const answer = useAnswer<{ now?: Now | null }>(`${base.value}/live?limit=0`, isPaused ? 0 : EVERY_MS);
  const now = answer.data?.now;
  if (!now) return null;
  const figures = [
    ["live.visitors", now.visitors, "visitors", "count"],
    ["live.page_views", now.page_views, "page_views", "count"],
    ["live.orders", now.orders, "orders", "count"],
    ["live.order_total", now.order_total, "order_total", site.value?.currency ?? ""],
    ["live.open_carts", now.open_carts, "open_carts", "count"],
  ] as const;
  return (
    <Panel title={t("live.half_hour")} note={format.instant(now.as_of)} call={answer.call} hasFiles={false}>
      <dl class="tally-figures">
        {figures.map(([label, value, at, unit]) => (
          <div key={at}>
            <dt>{t(label)}</dt>
            <dd>
              <Figure value={value} unit={unit} call={answer.call} at={`now.${at}`} />
            </dd>
          </div>
        ))}
      </dl>
      <Sparkline values={now.page_views_by_minute} isWide />
      <div class="grid">
        {(["pages", "sources"] as const).map((list) => (
          <div key={list} class="span-6">
            <h3>{t(`live.${list}`)}</h3>
            <ol class="plain-list">
              {now[list].slice(0, 8).map((one, at) => (
                <li key={one.name}>
                  <span class="live-page">{one.name}</span>
                  <Figure value={one.count} unit="count" call={answer.call} at={`now.${list}.${at}.count`} />
                </li>
              ))}
            </ol>
          </div>
        ))}
      </div>
    </Panel>
  );
}

function Today({ isPaused }: { isPaused: boolean }) {
  const question = { metrics: ["visitors", "page_views", "orders"], granularity: "hour", from: today.value, to: today.value, isUnfiltered: true };
  const answer = useAnswer<Report>(reportPath(question), isPaused ? 0 : 60_000);
  return (
    <Panel title={t("live.today")} note={format.day(today.value, "weekday")} call={answer.call} isStale={answer.loading}>
      {answer.error ? <ErrorBox error={answer.error} again={answer.again} /> : answer.data ? <TimeChart report={answer.data} metric="visitors" isOpen={false} height={220} /> : <Waiting />}
    </Panel>
  );
}
