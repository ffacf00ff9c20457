// The way to the till on the overview: the four steps that every shop has.

import { useAnswer } from "../api/answers";
import { analysisPath } from "../api/report";
import type { Report } from "../api/types";
import { t } from "../i18n";
import { href } from "../state/url";
import { FunnelChart } from "./funnel";
import { Panel, useTableView } from "./panel";
import { ErrorBox, Waiting } from "./states";
import { ReportTable } from "./table";

export const CHECKOUT_STEPS = ["view_item", "add_to_cart", "begin_checkout", "purchase"];

/** What four steps take, in pixels, with two lines of figures each. */
const ROOM = 410;

export function FunnelPanel() {
  const answer = useAnswer<Report>(analysisPath("funnel", { steps: CHECKOUT_STEPS.join(";") }));
  const [isTable, tableButton] = useTableView();
  const all = (
    <a class="button quiet" href={href("/funnels")}>
      {t("panel.all")}
    </a>
  );
  return (
    <Panel title={t("panel.funnel")} call={answer.error ? undefined : answer.call} tools={<>{all}{tableButton}</>} room={ROOM} isStale={answer.loading}>
      {answer.error ? (
        <ErrorBox error={answer.error} again={answer.again} />
      ) : !answer.data ? (
        <Waiting />
      ) : isTable ? (
        <ReportTable report={answer.data} call={answer.call} caption={t("panel.funnel")} />
      ) : (
        <FunnelChart report={answer.data} call={answer.call} />
      )}
    </Panel>
  );
}
