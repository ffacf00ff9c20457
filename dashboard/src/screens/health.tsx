// Tracking health: what became of everything received, what was not understood, and what stands in the way.

import { useAnswer } from "../api/answers";
import { t, maybe, type Key } from "../i18n";
import * as format from "../i18n/format";
import { Figure } from "../parts/figure";
import { Panel } from "../parts/panel";
import { ReportPanel } from "../parts/report-panel";
import { Empty, ErrorBox, Waiting } from "../parts/states";
import { Title } from "../parts/title";
import { base } from "../state/session";
import { Verification } from "./verification";
import { TableBox } from "../parts/tablebox";

interface Health {
  accepted_position: number;
  applied_position: number;
  received: number;
  stored: number;
  duplicate: number;
  quarantined: number;
  excluded: number;
  reasons: { outcome: string; reason: string; count: number }[];
  hours: Record<string, number | string>[];
  /** Who saw the orders of the period, and which clients were heard; older servers tell neither. */
  orders?: Record<string, number | null>;
  clients?: { dialect: string; events: number; by_server: number; last_at: string }[];
}

interface Quarantined {
  position: number;
  received_at: string;
  dialect: string | null;
  reason: string;
  hint: string;
  payload: string;
}

interface Status {
  version: string;
  alarms?: Record<string, unknown>;
}

const OUTCOMES = ["received", "stored", "duplicate", "quarantined", "excluded"] as const;

export function Health() {
  const health = useAnswer<Health>(`${base.value}/health?limit=48`, 30_000);
  return (
    <>
      <Title>{t("nav.health")}</Title>
      <div class="grid">
        <div class="span-12">
          <Alarms />
        </div>
        <div class="span-6">
          <Panel title={t("health.intake")} note={t("health.intake_note")} call={health.call || undefined} hasFiles={false} isStale={health.loading}>
            {health.error ? <ErrorBox error={health.error} again={health.again} /> : health.data ? <Intake health={health.data} call={health.call} /> : <Waiting />}
          </Panel>
        </div>
        <div class="span-6">
          <Verification />
        </div>
        <div class="span-6">
          <ReportPanel id="senders" title={t("health.senders")} note={t("health.senders_note")} metrics={["orders", "order_total"]} dimensions={["order_source"]} isUnfiltered hasTotals empty={t("empty.orders")} />
        </div>
        <div class="span-6">
          <ReportPanel id="trust" title={t("health.trust")} note={t("health.trust_note")} metrics={["orders", "order_total"]} dimensions={["trust"]} isUnfiltered hasTotals empty={t("empty.orders")} />
        </div>
        {health.data?.clients && (
          <div class="span-12">
            <Panel title={t("health.clients")} note={t("health.clients_note")}>
              <Clients health={health.data} call={health.call} />
            </Panel>
          </div>
        )}
        <div class="span-12">
          <Quarantine />
        </div>
        <div class="span-12">
          <Panel title={t("health.hours")}>{health.data && <Hours health={health.data} call={health.call} />}</Panel>
        </div>
      </div>
    </>
  );
}

function Alarms() {
  const status = useAnswer<Status>("/api/v1/status", 30_000);
  const alarms = Object.entries(status.data?.alarms ?? {});
  if (alarms.length === 0) return null;
  return (
    <Panel title={t("health.alarms")}>
      <ul class="stack">
        {alarms.map(([name, what]) => (
          <li key={name} class="badge warn">
            <strong>{name.replaceAll("_", " ")}</strong> {typeof what === "string" ? what : JSON.stringify(what)}
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Intake({ health, call }: { health: Health; call: string }) {
  return (
    <>
      <dl class="tally-figures">
        {OUTCOMES.map((name) => (
          <div key={name}>
            <dt>{t(`health.${name}` as Key)}</dt>
            <dd>
              <Figure value={health[name]} unit="count" call={call} at={name} />
            </dd>
          </div>
        ))}
      </dl>
      {health.reasons.length > 0 && (
        <table class="table">
          <caption class="hidden">{t("health.reasons")}</caption>
          <thead>
            <tr>
              <th scope="col">{t("health.reason")}</th>
              <th scope="col">{t("health.outcome")}</th>
              <th scope="col" class="number">{t("health.count")}</th>
            </tr>
          </thead>
          <tbody>
            {health.reasons.map((reason, at) => (
              <tr key={at}>
                <th scope="row">{reason.reason}</th>
                <td class="text">{maybe(`health.${reason.outcome}`, reason.outcome)}</td>
                <td>
                  <Figure value={reason.count} unit="count" call={call} at={`reasons.${at}.count`} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}

const SEEN = ["orders", "by_browser", "by_server", "by_both", "share_by_browser", "share_by_server"] as const;

function Clients({ health, call }: { health: Health; call: string }) {
  return (
    <>
      {health.orders && (
        <dl class="tally-figures">
          {SEEN.map((name) => (
            <div key={name}>
              <dt>{t(`health.seen.${name}`)}</dt>
              <dd>
                <Figure value={health.orders![name]} unit={name.startsWith("share") ? "percent" : "count"} call={call} at={`orders.${name}`} />
              </dd>
            </div>
          ))}
        </dl>
      )}
      <TableBox>
        <table class="table">
          <caption class="hidden">{t("health.clients")}</caption>
          <thead>
            <tr>
              <th scope="col">{t("dialects.client")}</th>
              <th scope="col" class="number">{t("health.events")}</th>
              <th scope="col" class="number">{t("health.by_server")}</th>
              <th scope="col">{t("health.last")}</th>
            </tr>
          </thead>
          <tbody>
            {health.clients!.map((client, at) => (
              <tr key={client.dialect}>
                <th scope="row">{client.dialect}</th>
                {(["events", "by_server"] as const).map((name) => (
                  <td key={name}>
                    <Figure value={client[name]} unit="count" call={call} at={`clients.${at}.${name}`} />
                  </td>
                ))}
                <td class="text nowrap">{format.instant(client.last_at, "short")}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableBox>
    </>
  );
}

function Quarantine() {
  const answer = useAnswer<{ quarantine: Quarantined[] }>(`${base.value}/quarantine?limit=100`, 60_000);
  const items = answer.data?.quarantine ?? [];
  return (
    <Panel title={t("health.quarantine")} note={t("health.quarantine_note")} call={answer.call} hasFiles={false} isStale={answer.loading}>
      {answer.error ? (
        <ErrorBox error={answer.error} again={answer.again} />
      ) : !answer.data ? (
        <Waiting />
      ) : items.length === 0 ? (
        <Empty icon="check" title={t("health.quarantine_none")} />
      ) : (
        <ul class="stack">
          {items.map((item) => (
            <li key={item.position}>
              <p class="row">
                <span class="tag warn">{item.reason}</span>
                <span class="muted">
                  {format.instant(item.received_at)} · {item.dialect}
                </span>
              </p>
              <p>{item.hint}</p>
              <details>
                <summary>{t("health.payload")}</summary>
                <pre>{item.payload}</pre>
              </details>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

function Hours({ health, call }: { health: Health; call: string }) {
  if (health.hours.length === 0) return <Empty title={t("empty.live")} />;
  return (
    <TableBox>
      <table class="table">
        <caption class="hidden">{t("health.hours")}</caption>
        <thead>
          <tr>
            <th scope="col">{t("health.hour")}</th>
            {OUTCOMES.map((name) => (
              <th key={name} scope="col" class="number">
                {t(`health.${name}` as Key)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {health.hours.map((hour, at) => (
            <tr key={at}>
              <th scope="row">{format.instant(String(hour["hour"]), "short")}</th>
              {OUTCOMES.map((name) => (
                <td key={name}>
                  <Figure value={hour[name]} unit="count" call={call} at={`hours.${at}.${name}`} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}
