// The first screen of the morning: does it tally, the key figures, their course, and what they are made of.

import { useAnswer } from "../api/answers";
import { listPath, reportPath } from "../api/report";
import type { Cart, ListMeta, OrderSummary, Report } from "../api/types";
import { CartTable } from "../parts/cart-table";
import { Cards } from "../parts/cards";
import { Course } from "../parts/course";
import { FunnelPanel } from "../parts/funnel-panel";
import { ListPanel } from "../parts/list-panel";
import { OrderTable } from "../parts/order-table";
import { ReportPanel } from "../parts/report-panel";
import { Empty, ErrorBox } from "../parts/states";
import { TallyPanel } from "../parts/tally-panel";
import { t } from "../i18n";
import { days } from "../i18n/format";
import { granularity, period } from "../state/period";
import { isShare } from "../state/session";
import { href, query } from "../state/url";

const METRICS = [
  "net_sales",
  "orders",
  "average_order_value",
  "conversion_rate",
  "visitors",
  "net_sales_per_visitor",
  "carts_abandoned_value",
  "refund_rate",
];

export function Overview() {
  const asked = query.value.get("metric");
  const metric = asked && METRICS.includes(asked) ? asked : METRICS[0]!;
  const answer = useAnswer<Report>(reportPath({ metrics: METRICS, granularity: granularity.value, isCompared: true }));
  const report = answer.data;
  // Nothing at all has ever come in: then what to do next is worth more than eight zeros.
  const isUnused = report !== null && report.meta.as_of === null;
  return (
    <>
      <div class="title">
        <h1 tabIndex={-1}>{t("nav.overview")}</h1>
        <p class="muted">{days(period.value.from, period.value.to)}</p>
      </div>
      {isUnused && <FirstSteps />}
      {answer.error ? <ErrorBox error={answer.error} again={answer.again} /> : <Cards report={report} call={answer.call} metrics={METRICS} selected={metric} isStale={answer.loading} />}
      <div class="grid">
        <div class={isShare.value ? "span-12" : "span-8"}>
          <Course answer={answer} metric={metric} />
        </div>
        {!isShare.value && (
          <div class="span-4">
            <TallyPanel course={answer} />
          </div>
        )}
        <div class={isShare.value ? "span-12" : "span-6"}>
          <FunnelPanel />
        </div>
        {!isShare.value && (
          <div class="span-6">
            <CartsNow />
          </div>
        )}
        <div class="span-12">
          <ReportPanel
            class="steady"
            id="products"
            title={t("nav.products")}
            metrics={["net_sales", "orders", "units", "product_views", "adds_to_cart", "buy_to_detail_rate"]}
            dimensions={["product"]}
            rows={8}
            empty={t("empty.products")}
          />
        </div>
        <div class="span-6">
          <ReportPanel class="steady" id="channels" title={t("panel.channels")} metrics={["net_sales", "orders", "visits", "conversion_rate"]} dimensions={["channel"]} rows={8} hasTotals />
        </div>
        <div class="span-6">
          <ReportPanel class="steady" id="campaigns" title={t("panel.campaigns")} metrics={["net_sales", "orders", "visits", "conversion_rate"]} dimensions={["campaign"]} rows={8} hasTotals empty={t("empty.campaigns")} />
        </div>
        <div class="span-4">
          <ReportPanel class="steady" id="countries" title={t("panel.countries")} metrics={["net_sales", "orders", "visits"]} dimensions={["country"]} rows={8} tools={<MapLink />} />
        </div>
        <div class="span-4">
          <ReportPanel class="steady" id="devices" title={t("panel.devices")} metrics={["visits", "orders", "conversion_rate"]} dimensions={["device"]} rows={8} />
        </div>
        <div class="span-4">
          <ReportPanel class="steady" id="landing" title={t("panel.landing")} metrics={["visits", "orders", "conversion_rate"]} dimensions={["landing_page"]} rows={8} />
        </div>
        {!isShare.value && (
          <div class="span-12">
            <RecentOrders />
          </div>
        )}
      </div>
    </>
  );
}

function MapLink() {
  return (
    <a class="button quiet" href={href("/acquisition", { split: "country" })}>
      {t("map.link")}
    </a>
  );
}

function FirstSteps() {
  return (
    <section class="panel">
      <Empty icon="live" title={t("first.title")}>
        <p>{t("first.text")}</p>
        <a class="button primary" href={href("/settings/snippet")}>
          {t("first.snippet")}
        </a>
      </Empty>
    </section>
  );
}

function CartsNow() {
  const all = (
    <a class="button quiet" href={href("/carts")}>
      {t("panel.all")}
    </a>
  );
  return (
    <ListPanel<{ carts: Cart[]; meta: ListMeta }>
      title={t("panel.carts_now")}
      path={listPath("carts", { state: "abandoned", limit: "6" })}
      count={(data) => data.carts.length}
      tools={all}
      every_ms={60_000}
      room={410}
      empty={<p>{t("empty.carts")}</p>}
    >
      {(data, answer) => <CartTable carts={data.carts} call={answer.call} isShort />}
    </ListPanel>
  );
}

function RecentOrders() {
  const all = (
    <a class="button quiet" href={href("/orders")}>
      {t("panel.all")}
    </a>
  );
  return (
    <ListPanel<{ orders: OrderSummary[]; meta: ListMeta }>
      title={t("panel.recent_orders")}
      path={listPath("orders", { limit: "8" })}
      count={(data) => data.orders.length}
      tools={all}
      every_ms={60_000}
      room={345}
      empty={<p>{t("empty.orders")}</p>}
    >
      {(data, answer) => <OrderTable orders={data.orders} call={answer.call} />}
    </ListPanel>
  );
}
