// Cohorts: customers by the month of their first order, and what became of them since.

import { analysisPath, reportPath } from "../api/report";
import type { Report } from "../api/types";
import { t } from "../i18n";
import { metricLabel } from "../i18n/names";
import { AnalysisPanel } from "../parts/analysis-panel";
import { Choice, chosen } from "../parts/choice";
import { HeatMap } from "../parts/heatmap";
import { Panel } from "../parts/panel";
import { ReportPanel } from "../parts/report-panel";
import { ReportTable } from "../parts/table";
import { Title } from "../parts/title";

const METRICS = ["customers", "orders", "net_sales", "average_order_value"];

export function Cohorts() {
  const metric = chosen("metric", "customers");
  const by = chosen("step", "month");
  return (
    <>
      <Title hasPeriod>{t("nav.cohorts")}</Title>
      <div class="explore-form">
        <Choice name="metric" label={t("cohorts.metric")} otherwise="customers" options={METRICS.map((name) => [name, metricLabel(name)])} />
        <Choice name="step" label={t("cohorts.step")} otherwise="month" options={[["week", t("step.week")], ["month", t("step.month")]]} />
      </div>
      <div class="stack">
        <AnalysisPanel title={t("cohorts.title")} note={t("cohorts.note")} path={analysisPath("cohorts", { by, metric })}>
          {(report, answer) => <Retention report={report} call={answer.call} />}
        </AnalysisPanel>
        <AnalysisPanel title={t("cohorts.by_month", { name: metricLabel(metric) })} note={t("cohorts.by_month_note")} path={reportPath({ metrics: [metric], dimensions: ["first_order_month"], granularity: "month", limit: 1000 })}>
          {(report, answer) => <HeatMap report={report} call={answer.call} caption={t("cohorts.title")} down="first_order_month" across="month" metric={metric} />}
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

/** A heat map where the answer is long (cohort, period, figure), else its own table. */
function Retention({ report, call }: { report: Report; call: string }) {
  const dimensions = report.columns.filter((c) => c.kind === "dimension");
  const metrics = report.columns.filter((c) => c.kind === "metric");
  const metric = metrics.find((c) => c.unit === "percent") ?? metrics[metrics.length - 1];
  if (dimensions.length === 2 && metric) {
    return <HeatMap report={report} call={call} caption={t("cohorts.title")} down={dimensions[0]!.name} across={dimensions[1]!.name} metric={metric.name} />;
  }
  return <ReportTable report={report} call={call} caption={t("cohorts.title")} />;
}
