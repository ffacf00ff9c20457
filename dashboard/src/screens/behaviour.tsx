// Behaviour on the pages: what is clicked, how far is scrolled, and where forms are given up.

import { useAnswer } from "../api/answers";
import { analysisPath, reportPath } from "../api/report";
import type { Report } from "../api/types";
import { t } from "../i18n";
import * as format from "../i18n/format";
import { AnalysisPanel } from "../parts/analysis-panel";
import { Choice, chosen } from "../parts/choice";
import { ReportPanel } from "../parts/report-panel";
import { Title } from "../parts/title";

const DEVICES = ["", "desktop", "mobile", "tablet"];

export function Behaviour() {
  const pages = useAnswer<Report>(reportPath({ metrics: ["page_views"], dimensions: ["page"], order: "-page_views", limit: 30 }));
  const [page, device] = [chosen("page", ""), chosen("device", "")];
  const narrowed = { page, device };
  const known = (pages.data?.rows ?? []).map((row) => String(row[0] ?? "")).filter(Boolean);
  return (
    <>
      <Title hasPeriod>{t("nav.behaviour")}</Title>
      <div class="explore-form">
        <Choice name="page" label={t("behaviour.page")} otherwise="" options={[["", t("all")], ...known.map((one) => [one, one] as [string, string])]} />
        <Choice name="device" label={t("panel.devices")} otherwise="" options={DEVICES.map((one) => [one, one ? format.value("device", one) : t("all")])} />
      </div>
      <div class="grid">
        <div class="span-6">
          <AnalysisPanel title={t("behaviour.clicks")} note={t("behaviour.note")} path={analysisPath("clicks", { ...narrowed, limit: "20" })} bar="clicks" empty={t("empty.behaviour")} />
        </div>
        <div class="span-6">
          <AnalysisPanel title={t("behaviour.scroll")} path={analysisPath("clicks", { ...narrowed, view: "scroll" })} bar="visits" empty={t("empty.behaviour")} />
        </div>
        <div class="span-6">
          <AnalysisPanel title={t("behaviour.forms")} path={analysisPath("forms", narrowed)} bar="starts" empty={t("empty.behaviour")} />
        </div>
        <div class="span-6">
          <ReportPanel id="exits" title={t("behaviour.exits")} metrics={["visits", "bounce_rate", "pages_per_visit"]} dimensions={["exit_page"]} />
        </div>
      </div>
    </>
  );
}
