// One visitor: a browser or device, its visits and everything it did, in time.

import { useAnswer } from "../api/answers";
import type { Cart, OrderSummary } from "../api/types";
import { maybe, t } from "../i18n";
import * as format from "../i18n/format";
import { CartTable } from "../parts/cart-table";
import { OrderTable } from "../parts/order-table";
import { Panel } from "../parts/panel";
import { Empty, ErrorBox, Waiting } from "../parts/states";
import { Title } from "../parts/title";
import { base } from "../state/session";
import { href, path } from "../state/url";

interface Visit {
  visit: string;
  number: number;
  started_at: string;
  last_at: string;
  attribution: Record<string, string | null>;
  landing_page: string | null;
  page_views: number;
  device: string | null;
  browser: string | null;
  os: string | null;
  country: string | null;
}

interface VisitorEvent {
  event: string;
  occurred_at: string;
  name: string;
  visit: string | null;
  page: string | null;
  page_title: string | null;
  search_term: string | null;
  origin: string;
}

interface VisitorDetail {
  visitor: string;
  shared_device: boolean;
  visits: (Visit & { customer: string | null })[];
  events: VisitorEvent[];
  orders: OrderSummary[];
  carts: Cart[];
}

const EVENTS_MAX = 300;

export function VisitorScreen() {
  const id = decodeURIComponent(path.value.slice("/visitors/".length));
  const answer = useAnswer<VisitorDetail>(`${base.value}/visitors/${encodeURIComponent(id)}`);
  const found = answer.data;
  return (
    <>
      <Title note={found?.shared_device ? t("visitor.shared") : undefined}>{t("visitor.title", { id })}</Title>
      {answer.error ? (
        <ErrorBox error={answer.error} again={answer.again} />
      ) : !found ? (
        <Waiting lines={8} />
      ) : (
        <div class="grid">
          <div class="span-6">
            <Panel title={t("visitor.timeline")} call={answer.call} hasFiles={false}>
              <Timeline found={found} />
            </Panel>
          </div>
          <div class="span-6 stack">
            <Panel title={t("nav.orders")}>{found.orders.length ? <OrderTable orders={found.orders} call={answer.call} isShort /> : <Empty title={t("customer.no_orders")} />}</Panel>
            <Panel title={t("nav.carts")}>{found.carts.length ? <CartTable carts={found.carts} call={answer.call} isShort /> : <Empty title={t("customer.no_carts")} />}</Panel>
          </div>
        </div>
      )}
    </>
  );
}

function Timeline({ found }: { found: VisitorDetail }) {
  const visits = [...found.visits].sort((a, b) => b.started_at.localeCompare(a.started_at));
  const events = [...found.events].sort((a, b) => a.occurred_at.localeCompare(b.occurred_at)).slice(-EVENTS_MAX);
  const loose = events.filter((event) => !visits.some((visit) => visit.visit === event.visit));
  return (
    <>
      {visits.map((visit) => (
        <section key={visit.visit}>
          <h3>
            {t("visitor.visit", { n: visit.number })} · {format.instant(visit.started_at)}
          </h3>
          <p class="muted">
            {[visit.attribution["channel"], visit.attribution["campaign"], visit.device, visit.browser, visit.os, visit.country && format.value("country", visit.country)].filter(Boolean).join(" · ")}
            {visit.customer && (
              <>
                {" · "}
                <a href={href(`/customers/${visit.customer}`)}>{t("order.customer")}</a>
              </>
            )}
          </p>
          <Events events={events.filter((event) => event.visit === visit.visit)} />
        </section>
      ))}
      {loose.length > 0 && (
        <section>
          <h3>{t("visitor.without_visit")}</h3>
          <Events events={loose} />
        </section>
      )}
    </>
  );
}

function Events({ events }: { events: VisitorEvent[] }) {
  return (
    <ol class="timeline">
      {events.map((event) => (
        <li key={event.event}>
          <span class="when">{format.instant(event.occurred_at, "time")}</span> <strong>{maybe(`value.event.${event.name}`, event.name)}</strong>{" "}
          <span class="live-page">{event.search_term ?? event.page_title ?? event.page ?? ""}</span>
        </li>
      ))}
    </ol>
  );
}
