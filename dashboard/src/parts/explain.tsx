// "Explain this figure": what it means, how it is reckoned, which question it answers, and what the server adds to that.

import { useAnswer } from "../api/answers";
import { base, isShare } from "../state/session";
import { href, segment } from "../state/url";
import { columnOf, scope } from "../api/report";
import type { Report } from "../api/types";
import { speakMore, t } from "../i18n";
import * as format from "../i18n/format";
import { dimensionLabel, metricLabel } from "../i18n/names";
import { metricNamed } from "../state/catalogue";
import { Definition, Formula } from "./definition";
import { Dialog } from "./dialog";
import { explained, type Explained } from "./figure";
import { Lazy } from "./lazy";
import { copy } from "./panel";
import { Waiting } from "./states";
import { ReportTable } from "./table";

const loadChance = async () => {
  const [{ Chance }] = await Promise.all([import("./significance"), speakMore()]);
  return Chance;
};

export function ExplainDrawer() {
  const shown = explained.value;
  return shown && <Drawer {...shown} />;
}

const KINDS: Record<string, string> = { order: "/orders/", cart: "/carts/" };

/** One of the things that a figure counts, with the way to it. */
function Thing({ kind, id }: { kind: string; id: string }) {
  const path = KINDS[kind];
  return path ? <a href={href(`${path}${segment(id)}`)}>{id}</a> : <span class="cell-text">{id || t("unknown")}</span>;
}

function Drawer({ metric, value, unit, call, also }: Explained) {
  const bare = metric.replace(/:previous$/, "");
  const known = metricNamed(bare);
  const parameters = scope({ also });
  parameters.set("metric", bare);
  parameters.set("limit", "20");
  // A column of one model or segment is explained by its metric.
  const asked = new URLSearchParams(call.split("?")[1]);
  for (const name of ["from", "to"]) if (asked.has(name)) parameters.set(name, asked.get(name)!);
  const answer = useAnswer<Report>(isShare.value ? null : `${base.value}/explain?${parameters}`);
  return (
    <Dialog kind="drawer" title={metricLabel(bare)} onClose={() => (explained.value = null)}>
      <p class="explain-value">{format.figure(value, unit)}</p>
      {also.length > 0 && (
        <p class="muted">{also.map((c) => `${dimensionLabel(c.dimension)}: ${format.value(c.dimension, c.value)}`).join(" · ")}</p>
      )}
      <dl class="facts">
        <dt>{t("explain.definition")}</dt>
        <dd>
          <Definition name={bare} hasFormula={false} />
        </dd>
        {known?.formula && (
          <>
            <dt>{t("explain.formula")}</dt>
            <dd>
              <Formula name={bare} />
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
      {also.length === 0 && /_rate$/.test(bare) && <Lazy load={loadChance} metric={bare} />}
      {!isShare.value && <h3>{t("explain.made_of")}</h3>}
      {isShare.value ? null : answer.error ? (
        <p class="muted">{answer.error.isMissing ? t("missing.text") : answer.error.message}</p>
      ) : !answer.data?.columns ? (
        <Waiting />
      ) : (
        <>
          <ReportTable
            report={answer.data}
            call={answer.call}
            caption={t("explain.made_of")}
            columns={answer.data.columns.map((column) => column.name).filter((name) => name !== "kind")}
            hasTotals={answer.data.totals?.length > 0}
            lead={(cell, row) => <Thing kind={String(row[columnOf(answer.data!, "kind")] ?? "")} id={String(cell ?? "")} />}
          />
        </>
      )}
    </Dialog>
  );
}
