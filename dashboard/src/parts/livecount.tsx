// How many visitors came in this hour, in the top bar of every screen.

import { useAnswer } from "../api/answers";
import { reportPath } from "../api/report";
import type { Report } from "../api/types";
import { t } from "../i18n";
import { today } from "../state/period";
import { href } from "../state/url";
import { Figure } from "./figure";

export function LiveCount() {
  const answer = useAnswer<Report>(
    reportPath({ metrics: ["visitors"], granularity: "hour", from: today.value, to: today.value, order: "-hour", limit: 24, isUnfiltered: true }),
    60_000,
  );
  const rows = answer.data?.rows ?? [];
  // Hours to come are rows as well, all of them empty.
  const now = new Date().toISOString().slice(0, 13);
  const at = rows.findIndex((row) => typeof row[0] === "string" && new Date(row[0]).toISOString().slice(0, 13) === now);
  if (at < 0) return null;
  return (
    <span class="live-count">
      <span class="lamp good" aria-hidden="true" />
      <Figure value={rows[at]![1]} unit="count" call={answer.call} at={`rows.${at}.1`} />
      <a href={href("/live")}>{t("live.this_hour")}</a>
    </span>
  );
}
