// Products: what sells, what is looked at and not bought, what comes back.

import { t } from "../i18n";
import { useAnswer } from "../api/answers";
import { analysisPath, reportPath } from "../api/report";
import type { Report } from "../api/types";
import { AnalysisPanel } from "../parts/analysis-panel";
import { Cards } from "../parts/cards";
import { Tabs, chosen } from "../parts/choice";
import { ReportPanel } from "../parts/report-panel";
import { ErrorBox } from "../parts/states";
import { Title } from "../parts/title";
import { dimensionLabel } from "../i18n/names";
import { granularity } from "../state/period";

const METRICS = ["gross_sales", "units", "product_views", "view_to_cart_rate", "cart_to_order_rate", "buy_to_detail_rate", "units_returned", "gross_profit"];
const BY = ["product", "sku", "brand", "category_1", "category", "variant", "item_list"];

export function Products() {
  const answer = useAnswer<Report>(reportPath({ metrics: METRICS, granularity: granularity.value, isCompared: true }));
  const by = chosen("by_product", "product");
  const empty = t("empty.products");
  return (
    <>
      <Title hasPeriod>{t("nav.products")}</Title>
      {answer.error ? <ErrorBox error={answer.error} again={answer.again} /> : <Cards report={answer.data} call={answer.call} metrics={METRICS} isStale={answer.loading} />}
      <Tabs name="by_product" label={t("split.by")} otherwise="product" options={BY.map((name) => [name, dimensionLabel(name)])} clears={["sort.sales", "rows.sales"]} />
      <div class="stack">
        <ReportPanel
          id="sales"
          title={t("products.sales")}
          metrics={["net_sales", "orders", "units", "average_unit_price", "product_views", "adds_to_cart", "view_to_cart_rate", "buy_to_detail_rate"]}
          dimensions={[by]}
          rows={25}
          empty={empty}
        />
        <div class="grid">
          <div class="span-6">
            <ReportPanel id="margin" title={t("products.margin")} note={t("products.margin_note")} metrics={["gross_profit", "margin_rate", "unit_cost", "net_sales_without_cost"]} dimensions={[by]} empty={empty} />
          </div>
          <div class="span-6">
            <ReportPanel id="returned" title={t("products.returned")} metrics={["units_returned", "returns", "units"]} dimensions={[by]} empty={t("empty.refunds")} />
          </div>
          <div class="span-6">
            <ReportPanel id="left" title={t("products.left")} metrics={["carts_abandoned_value", "carts_abandoned_units", "carts_abandoned"]} dimensions={[by]} empty={t("empty.carts")} />
          </div>
          <div class="span-6">
            <AnalysisPanel title={t("products.affinity")} note={t("products.affinity_note")} path={analysisPath("affinity", { limit: "10" })} bar="orders" />
          </div>
          <div class="span-12">
            <AnalysisPanel title={t("products.profit")} note={t("products.profit_note")} path={analysisPath("profit", { by: ["product", "sku", "brand"].includes(by) ? by : "product", limit: "15" })} bar="profit" hasTotals />
          </div>
        </div>
      </div>
    </>
  );
}
