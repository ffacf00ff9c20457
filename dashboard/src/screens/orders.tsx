// Orders one by one: find an order, or those that need a look.

import { useState } from "preact/hooks";
import { listPath, reportPath } from "../api/report";
import { useAnswer } from "../api/answers";
import type { ListMeta, OrderSummary, Report } from "../api/types";
import { maybe, t } from "../i18n";
import { dimensionLabel } from "../i18n/names";
import { Cards } from "../parts/cards";
import { Choice, chosen } from "../parts/choice";
import { ColumnChooser } from "../parts/column-chooser";
import { ListPanel, PAGE_ROWS, pageOffset } from "../parts/list-panel";
import { orderColumns, OrderTable } from "../parts/order-table";
import { ReportPanel } from "../parts/report-panel";
import { Title } from "../parts/title";
import { granularity, period } from "../state/period";
import { listsTakeFilters } from "../state/catalogue";
import { go, href, segment } from "../state/url";

const METRICS = ["orders", "order_total", "net_sales", "discounts", "refund_amount", "difference", "orders_pending", "orders_cancelled"];

const CHOICES = {
  status: ["pending", "confirmed", "cancelled", "failed"],
  origin: ["pixel", "browser", "app", "server", "platform", "import"],
  trust: ["verified", "unverified"],
  flag: ["money_differs", "no_lines", "unconverted", "backdated", "rounded", "over_refunded", "refunds_differ", "sources_differ", "shared_device", "unverified"],
} as const;

const VALUE_OF = { status: "value.order_status", origin: "value.order_source", trust: "value.trust", flag: "mark" } as const;

export function Orders() {
  const figures = useAnswer<Report>(reportPath({ metrics: METRICS, granularity: granularity.value, isCompared: true, isUnfiltered: !listsTakeFilters.value }));
  const parameters = { from: period.value.from, to: period.value.to, limit: String(PAGE_ROWS) } as Record<string, string>;
  for (const name of Object.keys(CHOICES)) if (chosen(name, "")) parameters[name] = chosen(name, "");
  if (pageOffset()) parameters["offset"] = String(pageOffset());
  const choices = (Object.keys(CHOICES) as (keyof typeof CHOICES)[]).map((name) => (
    <Choice
      key={name}
      name={name}
      label={t(`orders.${name}`)}
      otherwise=""
      options={[["", t("all")], ...CHOICES[name].map((value) => [value, maybe(`${VALUE_OF[name]}.${value}`, value)] as [string, string])]}
      clears={["page"]}
    />
  ));
  return (
    <>
      <Title hasPeriod tools={<FindOrder />}>
        {t("nav.orders")}
      </Title>
      {!figures.error && <Cards report={figures.data} call={figures.call} metrics={METRICS} isStale={figures.loading} />}
      <div class="explore-form">{choices}</div>
      <ListPanel<{ orders: OrderSummary[]; meta: ListMeta }>
        title={t("nav.orders")}
        tools={<ColumnChooser id="orders" columns={orderColumns("")} />}
        path={listPath("orders", parameters)}
        count={(data) => data.orders.length}
        isPaged
        empty={<p>{t("empty.orders")}</p>}
      >
        {(data, answer) => <OrderTable orders={data.orders} call={answer.call} />}
      </ListPanel>
      <div class="grid below">
        {(["payment_method", "shipping_method", "coupon", "sales_channel"] as const).map((by) => (
          <div key={by} class="span-6">
            <ReportPanel id={by} title={dimensionLabel(by)} metrics={["orders", "net_sales", "discounts", "average_order_value"]} dimensions={[by]} rows={8} isUnfiltered={!listsTakeFilters.value} />
          </div>
        ))}
      </div>
    </>
  );
}

function FindOrder() {
  const [id, set] = useState("");
  return (
    <form
      class="row"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        if (id.trim()) go(href(`/orders/${segment(id.trim())}`));
      }}
    >
      <input aria-label={t("orders.find")} placeholder={t("orders.find")} value={id} onInput={(event) => set(event.currentTarget.value)} />
      <button type="submit" class="button">
        {t("orders.open")}
      </button>
    </form>
  );
}
