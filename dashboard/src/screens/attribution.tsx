// Attribution: the same orders credited by several models, side by side, and the ways that led to them.

import { analysisPath } from "../api/report";
import { maybe, t } from "../i18n";
import { dimensionLabel } from "../i18n/names";
import { AnalysisPanel } from "../parts/analysis-panel";
import { AttributionChart } from "../parts/attribution-chart";
import { Choice, chosen } from "../parts/choice";
import { Paths } from "../parts/paths";
import { ReportPanel } from "../parts/report-panel";
import { Title } from "../parts/title";
import { query, set } from "../state/url";

const MODELS = ["last_non_direct", "last", "first", "linear", "position", "time_decay", "j", "inverse_j", "markov", "shapley"];
const STANDARD = ["last_non_direct", "first", "linear", "markov"];
const WINDOWS = ["7", "14", "30", "60", "90"];
const BY = ["channel", "source", "medium", "campaign"];

const modelName = (model: string) => maybe(`model.${model}`, model.replaceAll("_", " "));

export function Attribution() {
  const asked = (query.value.get("models") ?? "").split(",").filter((model) => MODELS.includes(model));
  const models = asked.length ? asked : STANDARD;
  const by = chosen("split", "channel");
  const window = chosen("window", "30");
  const toggle = (model: string) => {
    const next = models.includes(model) ? models.filter((one) => one !== model) : MODELS.filter((one) => one === model || models.includes(one));
    if (next.length) set({ models: next.join(",") === STANDARD.join(",") ? null : next.join(",") });
  };
  return (
    <>
      <Title hasPeriod>{t("nav.attribution")}</Title>
      <div class="explore-form">
        <Choice name="split" label={t("split.by")} otherwise="channel" options={BY.map((name) => [name, dimensionLabel(name)])} />
        <Choice name="window" label={t("attribution.window")} otherwise="30" options={WINDOWS.map((days) => [days, t("attribution.days", { n: Number(days) })])} />
        <fieldset>
          <legend class="muted">{t("attribution.models")}</legend>
          <div class="row">
            {MODELS.map((model) => (
              <label key={model} class="choice" title={maybe(`model.${model}.why`, "")}>
                <input type="checkbox" checked={models.includes(model)} onChange={() => toggle(model)} />
                {modelName(model)}
              </label>
            ))}
          </div>
        </fieldset>
      </div>
      <div class="stack">
        <AnalysisPanel title={t("attribution.compare")} note={t("attribution.note")} path={analysisPath("attribution", { models: models.join(","), by, window })}>
          {(report, answer) => <AttributionChart report={report} call={answer.call} />}
        </AnalysisPanel>
        <AnalysisPanel title={t("attribution.paths")} note={t("attribution.paths_note")} path={analysisPath("paths", { limit: "20" })}>
          {(report, answer) => <Paths report={report} call={answer.call} />}
        </AnalysisPanel>
        <ReportPanel id="credited" title={t("attribution.credited")} note={t("attribution.credited_note")} metrics={["net_sales", "orders", "average_order_value", "new_customers"]} dimensions={[by]} hasTotals />
      </div>
    </>
  );
}
