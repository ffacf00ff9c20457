// "Explain this figure": what it means, how it is reckoned, which question it answers, and what the server adds to that.

import { useAnswer } from "../api/answers";
import { base } from "../state/session";
import { scope } from "../api/report";
import type { Report } from "../api/types";
import { t } from "../i18n";
import * as format from "../i18n/format";
import { dimensionLabel, metricLabel } from "../i18n/names";
import { metricNamed } from "../state/catalogue";
import { Dialog } from "./dialog";
import { explained, type Explained } from "./figure";
import { copy } from "./panel";
import { Waiting } from "./states";
import { ReportTable } from "./table";

export function ExplainDrawer() {
  const shown = explained.value;
  return shown && <Drawer {...shown} />;
}

function Drawer({ metric, value, unit, call, also }: Explained) {
  const bare = metric.replace(/:previous$/, "");
  const known = metricNamed(bare);
  const parameters = scope({ also });
  parameters.set("metric", bare);
  const answer = useAnswer<Report>(`${base.value}/explain?${parameters}`);
  return (
    <Dialog kind="drawer" title={metricLabel(bare)} onClose={() => (explained.value = null)}>
      <p class="explain-value">{format.figure(value, unit)}</p>
      {also.length > 0 && (
        <p class="muted">{also.map((c) => `${dimensionLabel(c.dimension)}: ${format.value(c.dimension, c.value)}`).join(" · ")}</p>
      )}
      <dl class="facts">
        <dt>{t("explain.definition")}</dt>
        <dd lang="en">{known?.definition}</dd>
        {known?.formula && (
          <>
            <dt>{t("explain.formula")}</dt>
            <dd>
              <code>{known.formula}</code>
            </dd>
          </>
        )}
        <dt>{t("explain.question")}</dt>
        <dd>
          <code class="wrap">{call}</code>
          <button type="button" class="button" onClick={() => void copy(location.origin + call)}>
            {t("panel.copy_call")}
          </button>
        </dd>
      </dl>
      <h3>{t("explain.made_of")}</h3>
      {answer.error ? (
        <p class="muted">{answer.error.isMissing ? t("missing.text") : answer.error.message}</p>
      ) : !answer.data?.columns ? (
        <Waiting />
      ) : (
        <ReportTable report={answer.data} call={answer.call} caption={t("explain.made_of")} hasTotals={answer.data.totals?.length > 0} />
      )}
    </Dialog>
  );
}
