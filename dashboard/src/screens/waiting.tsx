// "Waiting for the first event": looks every two seconds, turns green with the event that came.

import { useAnswer } from "../api/answers";
import type { LiveEvent } from "../api/types";
import { maybe, t } from "../i18n";
import * as format from "../i18n/format";
import { ErrorBox } from "../parts/states";
import { base } from "../state/session";

const EVERY_MS = 2_000;

export function WaitingForEvent() {
  const answer = useAnswer<{ events: LiveEvent[] }>(`${base.value}/live?limit=1`, EVERY_MS);
  const event = answer.data?.events[0];
  if (answer.error) return <ErrorBox error={answer.error} again={answer.again} />;
  return (
    <div class={`waiting-event ${event ? "arrived" : ""}`} role="status">
      <span class={`lamp ${event ? "good" : "late"}`} aria-hidden="true" />
      {event ? (
        <div>
          <strong>{t("waiting_event.arrived", { name: maybe(`value.event.${event.name}`, event.name) })}</strong>
          <p class="muted">
            {format.instant(event.occurred_at)} · {event.host}
            {event.page}
          </p>
          <details>
            <summary>{t("waiting_event.raw")}</summary>
            <pre>{JSON.stringify(event, null, 2)}</pre>
          </details>
        </div>
      ) : (
        <span>{t("waiting_event.waiting")}</span>
      )}
    </div>
  );
}
