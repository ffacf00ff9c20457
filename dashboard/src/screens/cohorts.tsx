// Cohorts: customers by their first order, and what became of them since.

import { analysisPath, columnOf } from "../api/report";
import { t } from "../i18n";
import { columnLabel } from "../i18n/names";
import { AnalysisPanel } from "../parts/analysis-panel";
import { Choice, chosen } from "../parts/choice";
import { HeatMap } from "../parts/heatmap";
import { Panel, useTableView } from "../parts/panel";
import { ReportPanel } from "../parts/report-panel";
import { ReportTable } from "../parts/table";
import { Title } from "../parts/title";

const METRICS = ["retention", "ltv", "orders", "net_sales", "active"];
const BY = ["first_order_month", "first_channel", "first_product", "first_coupon"];

export function Cohorts() {
  const metric = chosen("metric", "retention");
  const by = chosen("split", "first_order_month");
  const [isTable, tableButton] = useTableView();
  return (
    <>
      <Title hasPeriod>{t("nav.cohorts")}</Title>
      <div class="explore-form">
        <Choice name="metric" label={t("cohorts.metric")} otherwise="retention" options={METRICS.map((name) => [name, columnLabel(name)])} />
        <Choice name="split" label={t("cohorts.by")} otherwise="first_order_month" options={BY.map((name) => [name, columnLabel(name)])} />
      </div>
      <div class="stack">
        <AnalysisPanel title={t("cohorts.title")} note={t("cohorts.note")} path={analysisPath("cohorts", { by, metric: metric === "active" ? "" : metric, limit: "1000" })} tools={tableButton} empty={t("empty.orders")}>
          {(report, answer) =>
            isTable || columnOf(report, metric) < 0 ? (
              <ReportTable report={report} call={answer.call} caption={t("cohorts.title")} />
            ) : (
              <HeatMap report={report} call={answer.call} caption={t("cohorts.title")} down="cohort" across="k" metric={metric} beside="members" />
            )
          }
        </AnalysisPanel>
        <div class="grid">
          <div class="span-6">
            <ReportPanel id="ltv" title={t("cohorts.ltv")} note={t("cohorts.ltv_note")} metrics={["lifetime_value", "customers", "net_sales", "repeat_purchase_rate"]} dimensions={["first_order_month"]} rows={24} />
          </div>
          <div class="span-6">
            <ReportPanel id="ltv_channel" title={t("cohorts.ltv_channel")} metrics={["lifetime_value", "customers", "repeat_purchase_rate"]} dimensions={["first_channel"]} rows={12} />
          </div>
          <div class="span-6">
            <ReportPanel id="ltv_product" title={t("cohorts.ltv_product")} metrics={["lifetime_value", "customers", "repeat_purchase_rate"]} dimensions={["first_product"]} rows={12} />
          </div>
          <div class="span-6">
            <Panel title={t("cohorts.how")}>
              <p class="prose">{t("cohorts.how_text")}</p>
            </Panel>
          </div>
        </div>
      </div>
    </>
  );
}
