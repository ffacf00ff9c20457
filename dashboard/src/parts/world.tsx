// Countries as a map of equal tiles: each stands about where it lies, and none is too small to be seen or pressed. The map
// is a second look at a table; whoever cannot see or press it has the same figures there.

import { useAnswer } from "../api/answers";
import { columnOf, drawn, reportPath } from "../api/report";
import type { Report } from "../api/types";
import { t } from "../i18n";
import * as format from "../i18n/format";
import { metricLabel } from "../i18n/names";
import { holds, toggle } from "../state/filters";
import { Choice, chosen } from "./choice";
import { Panel, useTableView } from "./panel";
import { Empty, ErrorBox, Waiting } from "./states";
import { conditionOf, ReportTable } from "./table";

/** The tiles by row: ISO 3166 codes, two letters each, dots where there is sea. */
const TILES = [
  "......................GL........................................................",
  "..........................IS..FO....NO..SEAXFI..........RU......................",
  "............CA............................LVEE..................................",
  "..............................GBIM..DK......LTBY................................",
  "..............................IELUNLDE..PLSK....................................",
  "..............................GGJEBECHATCZHUMDUA..........KZ....MN..............",
  "................................FRLISIHRBAMKRO....GE............................",
  "..............................ESAD..MCITMEALBG....AMAZ..UZKG........KP..........",
  "............US................PT......SMRSGRXK..TRSY....TMTJ....................",
  "..................BM..........MAGI..TNMT......LBCYIQKWIR..AF....CN..KRJP........",
  "..............KYGPCWDM............DZ....LY....EGILJOBHQA..PKNPBT..MO............",
  "............MXJMBSHTAGBB..SNMR..................PSSA..AEOM..INBDMMHKTW..........",
  "............GTBZCUDOPRAWLCCVGMMLTG..NE..TD....SDER..YE........THLAVN....GU......",
  "............NICRHNPASRTTMQGWGNCIBFBJNG....CF..SSETDJ........LK..KH..PH..........",
  "..............SVCOGYGFGD....SLLRGHSTGQCM....UGRWKE..SO....MV....MYBN............",
  "................ECVEVC................GACGCD..BITZ....SC........SGID....PG......",
  "................PE..BR..................AO......MWKM................TL......SB..",
  "WS..PF............BO........................ZMZWMZ..MG......................VUFJ",
  "....................PY..................NA..BWSZ......REMU............AU....NC..",
  "..................CLUY......................ZALS................................",
  "..................AR............................................................",
  "..............................................................................NZ",
];
const [TILE, GAP] = [20, 2];
const METRICS = ["net_sales", "orders", "visits", "conversion_rate"];

interface Tile {
  code: string;
  x: number;
  y: number;
}

const PLACES: Tile[] = TILES.flatMap((row, y) =>
  (row.match(/../g) ?? []).flatMap((code, x) => (code === ".." ? [] : [{ code, x: x * (TILE + GAP), y: y * (TILE + GAP) }])),
);
const WIDTH = (TILES[0]!.length / 2) * (TILE + GAP);
const HEIGHT = TILES.length * (TILE + GAP);

export function WorldPanel() {
  const metric = chosen("map", METRICS[0]!);
  const answer = useAnswer<Report>(reportPath({ metrics: METRICS, dimensions: ["country"], order: `-${METRICS[0]}`, limit: 300 }));
  const [isTable, tableButton] = useTableView();
  const report = answer.data;
  const choice = <Choice name="map" label={t("map.metric")} otherwise={METRICS[0]!} options={METRICS.map((name) => [name, metricLabel(name)])} />;
  return (
    <Panel id="world" title={t("map.title")} note={t("map.note")} call={answer.call} tools={<>{choice}{tableButton}</>} isStale={answer.loading}>
      {answer.error ? (
        <ErrorBox error={answer.error} again={answer.again} />
      ) : !report ? (
        <Waiting lines={8} />
      ) : report.rows.length === 0 ? (
        <Empty title={t("empty.title")} />
      ) : isTable ? (
        <ReportTable report={report} call={answer.call} caption={t("map.title")} bar={metric} />
      ) : (
        <World report={report} metric={metric} />
      )}
    </Panel>
  );
}

function World({ report, metric }: { report: Report; metric: string }) {
  const at = columnOf(report, metric);
  const unit = report.columns[at]?.unit ?? null;
  const figures = new Map(report.rows.map((row) => [String(row[0] ?? ""), row[at]]));
  const most = Math.max(1e-9, ...report.rows.filter((row) => row[0]).map((row) => drawn(row[at]) ?? 0));
  const missing = report.rows.filter((row) => row[0] && !PLACES.some((place) => place.code === row[0]));
  return (
    <>
      <svg class="world" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={t("map.of", { name: metricLabel(metric) })}>
        {PLACES.map((place) => {
          const figure = figures.get(place.code);
          const share = figure === undefined ? 0 : Math.max(0, drawn(figure) ?? 0) / most;
          const condition = conditionOf("country", place.code);
          return (
            <g
              key={place.code}
              data-country={place.code}
              class={`${figure === undefined ? "none" : share > 0.25 ? "deep" : ""} ${condition && holds(condition) ? "chosen" : ""}`}
              transform={`translate(${place.x} ${place.y})`}
              // The square root keeps the second largest apart from the smallest.
              ref={(tile) => tile?.style.setProperty("--heat", Math.sqrt(share).toFixed(3))}
              onClick={() => condition && figure !== undefined && toggle(condition)}
            >
              <title>{`${format.value("country", place.code)}: ${format.figure(figure, unit)}`}</title>
              <rect width={TILE} height={TILE} rx="3" />
              <text x={TILE / 2} y={TILE / 2}>
                {place.code}
              </text>
            </g>
          );
        })}
      </svg>
      {missing.length > 0 && <p class="muted">{t("map.missing", { names: missing.map((row) => format.value("country", row[0])).join(", ") })}</p>}
    </>
  );
}
