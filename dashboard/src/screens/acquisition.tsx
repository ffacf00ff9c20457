// Acquisition: where visits come from and what they bring.

import { useAnswer } from "../api/answers";
import { reportPath } from "../api/report";
import type { Report } from "../api/types";
import { t } from "../i18n";
import { dimensionLabel } from "../i18n/names";
import { Cards } from "../parts/cards";
import { chosen, Tabs } from "../parts/choice";
import { Course } from "../parts/course";
import { Lazy } from "../parts/lazy";
import { ReportPanel } from "../parts/report-panel";
import { ErrorBox } from "../parts/states";
import { Title } from "../parts/title";
import { metricNamed } from "../state/catalogue";
import { granularity } from "../state/period";
import { query } from "../state/url";

const METRICS = ["visits", "visitors", "new_visitors", "bounce_rate", "pages_per_visit", "conversion_rate", "orders", "net_sales"];
const BY = ["channel", "source", "medium", "campaign", "term", "content", "referrer_host", "landing_page", "country", "region", "device", "browser", "os", "language"];

const loadWorld = async () => (await import("../parts/world")).WorldPanel;

export function Acquisition() {
  const asked = query.value.get("metric");
  const metric = asked && METRICS.includes(asked) ? asked : METRICS[0]!;
  const answer = useAnswer<Report>(reportPath({ metrics: METRICS, granularity: granularity.value, isCompared: true }));
  const by = chosen("split", "channel");
  // Costs of advertising are known by these alone, and only to servers that keep them.
  const costs = ["channel", "source", "medium", "campaign"].includes(by) && metricNamed("ad_cost") ? ["ad_cost", "roas"] : [];
  return (
    <>
      <Title hasPeriod>{t("nav.acquisition")}</Title>
      {answer.error ? <ErrorBox error={answer.error} again={answer.again} /> : <Cards report={answer.data} call={answer.call} metrics={METRICS} selected={metric} isStale={answer.loading} />}
      <div class="stack">
        <Course answer={answer} metric={metric} />
        <div>
          <Tabs name="split" label={t("split.by")} otherwise="channel" options={BY.map((name) => [name, dimensionLabel(name)])} clears={["sort.by", "rows.by", "map"]} />
          {by === "country" && (
            <div class="above">
              <Lazy load={loadWorld} />
            </div>
          )}
          <ReportPanel
            id="by"
            title={dimensionLabel(by)}
            metrics={["visits", "visitors", "bounce_rate", "conversion_rate", "orders", "net_sales", "net_sales_per_visitor", ...costs]}
            dimensions={[by]}
            rows={25}
            hasTotals
            empty={by === "campaign" ? t("empty.campaigns") : undefined}
          />
        </div>
        <div class="grid">
          <div class="span-6">
            <ReportPanel id="pages" title={t("acquisition.pages")} metrics={["page_views", "visits", "conversion_rate"]} dimensions={["page"]} />
          </div>
          <div class="span-6">
            <ReportPanel id="searches" title={t("acquisition.searches")} metrics={["searches", "searches_without_result"]} dimensions={["search_term"]} empty={t("empty.searches")} />
          </div>
        </div>
      </div>
    </>
  );
}
