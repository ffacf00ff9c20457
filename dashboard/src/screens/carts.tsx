// Carts one by one: what lies in them, how far they came, and which might still be won back.

import { useAnswer } from "../api/answers";
import { listPath, reportPath } from "../api/report";
import type { Cart, ListMeta, Report } from "../api/types";
import { maybe, t } from "../i18n";
import { Cards } from "../parts/cards";
import { cartColumns, CartTable } from "../parts/cart-table";
import { ColumnChooser } from "../parts/column-chooser";
import { chosen, Tabs } from "../parts/choice";
import { ListPanel, PAGE_ROWS, pageOffset } from "../parts/list-panel";
import { ReportPanel } from "../parts/report-panel";
import { Title } from "../parts/title";
import { granularity, period } from "../state/period";
import { listsTakeFilters } from "../state/catalogue";

const METRICS = ["carts", "carts_abandoned", "carts_abandoned_value", "carts_recovered", "carts_recovered_value", "cart_abandonment_rate", "checkout_abandonment_rate"];
const STATES = ["abandoned", "open", "recovered", "ordered", "emptied", "unlinked", ""];

export function Carts() {
  const figures = useAnswer<Report>(reportPath({ metrics: METRICS, granularity: granularity.value, isCompared: true, isUnfiltered: !listsTakeFilters.value }));
  const state = chosen("state", "abandoned");
  const parameters = { from: period.value.from, to: period.value.to, limit: String(PAGE_ROWS) } as Record<string, string>;
  if (state && state !== "all") parameters["state"] = state;
  if (pageOffset()) parameters["offset"] = String(pageOffset());
  return (
    <>
      <Title hasPeriod>{t("nav.carts")}</Title>
      {figures.data && <Cards report={figures.data} call={figures.call} metrics={METRICS} isStale={figures.loading} />}
      <Tabs
        name="state"
        label={t("cart.state")}
        otherwise="abandoned"
        options={STATES.map((name) => [name || "all", name ? maybe(`cart.state.${name}`, name) : t("all")])}
        clears={["page"]}
      />
      <div class="stack">
        <ListPanel<{ carts: Cart[]; meta: ListMeta }>
          title={t("nav.carts")}
          note={t("cart.note")}
          tools={<ColumnChooser id="carts" columns={cartColumns("")} />}
          path={listPath("carts", parameters)}
          count={(data) => data.carts.length}
          isPaged
          empty={<p>{t("empty.carts_state")}</p>}
        >
          {(data, answer) => <CartTable carts={data.carts} call={answer.call} />}
        </ListPanel>
        <div class="grid">
          <div class="span-6">
            <ReportPanel id="steps" title={t("cart.by_step")} metrics={["carts", "carts_abandoned", "carts_abandoned_value"]} dimensions={["checkout_step"]} isUnfiltered={!listsTakeFilters.value} />
          </div>
          <div class="span-6">
            <ReportPanel id="left" title={t("products.left")} metrics={["carts_abandoned_value", "carts_abandoned_units", "carts_abandoned"]} dimensions={["product"]} isUnfiltered={!listsTakeFilters.value} />
          </div>
        </div>
      </div>
    </>
  );
}
