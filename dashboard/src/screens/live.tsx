// Live: what arrives at this moment, as it was sent and as it was understood.

import { useState } from "preact/hooks";
import { useAnswer } from "../api/answers";
import { reportPath } from "../api/report";
import type { ListMeta, LiveEvent, Report } from "../api/types";
import { maybe, t } from "../i18n";
import * as format from "../i18n/format";
import { ListPanel } from "../parts/list-panel";
import { Panel } from "../parts/panel";
import { ErrorBox, Waiting } from "../parts/states";
import { TimeChart } from "../parts/timechart";
import { Title } from "../parts/title";
import { base } from "../state/session";
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
        <div class="span-5">
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

function Today({ isPaused }: { isPaused: boolean }) {
  const question = { metrics: ["visitors", "page_views", "orders"], granularity: "hour", from: today.value, to: today.value, isUnfiltered: true };
  const answer = useAnswer<Report>(reportPath(question), isPaused ? 0 : 60_000);
  return (
    <Panel title={t("live.today")} note={format.day(today.value, "weekday")} call={answer.call || undefined} isStale={answer.loading}>
      {answer.error ? <ErrorBox error={answer.error} again={answer.again} /> : answer.data ? <TimeChart report={answer.data} metric="visitors" isOpen={false} height={220} /> : <Waiting />}
    </Panel>
  );
}
