// Segments side by side: the main figures of each, a column for each segment, and whether their rates differ by more than
// chance.

import { useAnswer } from "../api/answers";
import { columnOf, reportPath } from "../api/report";
import type { Report } from "../api/types";
import { t } from "../i18n";
import { metricLabel } from "../i18n/names";
import { href } from "../state/url";
import { Figure } from "./figure";
import { Panel } from "./panel";
import { segmentName } from "./segment-names";
import { Chances, type Segment } from "./significance";
import { ErrorBox, Waiting } from "./states";
import { TableBox } from "./tablebox";

const METRICS = ["visits", "visitors", "orders", "net_sales", "average_order_value", "conversion_rate", "bounce_rate", "refund_rate"];

export function SegmentCompare({ names, known }: { names: string[]; known: Segment[] }) {
  const answer = useAnswer<Report>(reportPath({ metrics: METRICS, segments: names }));
  const report = answer.data;
  const more = (
    <a class="button quiet" href={href("/explore", { segments: names.join(","), segment: null })}>
      {t("nav.explore")}
    </a>
  );
  return (
    <>
      <Panel id="compared" title={t("segments.compared")} call={answer.call} tools={more} isStale={answer.loading}>
        {answer.error ? (
          <ErrorBox error={answer.error} again={answer.again} />
        ) : !report ? (
          <Waiting lines={METRICS.length} />
        ) : (
          <TableBox>
            <table class="table">
              <caption class="hidden">{t("segments.compared")}</caption>
              <thead>
                <tr>
                  <th scope="col">{t("explore.metrics")}</th>
                  {names.map((name) => (
                    <th key={name} scope="col" class="number">
                      {segmentName(name)}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {METRICS.map((metric) => (
                  <tr key={metric}>
                    <th scope="row">{metricLabel(metric)}</th>
                    {names.map((name) => {
                      const at = columnOf(report, `${metric}:${name}`);
                      return (
                        <td key={name}>
                          <Figure value={report.totals[at]} unit={report.columns[at]?.unit ?? null} call={answer.call} at={`totals.${at}`} />
                        </td>
                      );
                    })}
                  </tr>
                ))}
              </tbody>
            </table>
          </TableBox>
        )}
      </Panel>
      <Chances metrics={METRICS} segments={names} known={known} />
    </>
  );
}
