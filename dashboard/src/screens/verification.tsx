// What the server has found out about the shop's tracking: what came last, whether pages load the script, whether one loads
// it twice, whose clocks are off.

import { useAnswer } from "../api/answers";
import { t, type Key } from "../i18n";
import * as format from "../i18n/format";
import { Icon } from "../parts/icon";
import { Panel } from "../parts/panel";
import { ErrorBox, Waiting } from "../parts/states";
import { base } from "../state/session";

interface Found {
  last_browser_event: string | null;
  last_server_event: string | null;
  last_purchase: string | null;
  script: { seen_at: string; host: string } | null;
  duplicate_tags: { host: string | null; page: string | null; times: number }[];
  clock: { server_ahead_s: number; clamped_future: number; backdated: number };
  csp_reports?: { total: number };
}

/** One thing that was looked at: good, wrong, or not seen yet, which need not be wrong. */
interface Check {
  name: string;
  mood: "good" | "warn" | "plain";
  text: string;
}

function checks(found: Found): Check[] {
  const seen = (name: string, at: string | null): Check => ({
    name,
    mood: at ? "good" : "plain",
    text: at ? t("verify.seen", { at: format.instant(at, "short") }) : t(`verify.${name}.none` as Key),
  });
  const list = [
    seen("script", found.script?.seen_at ?? null),
    seen("browser", found.last_browser_event),
    seen("purchase", found.last_purchase),
    seen("server", found.last_server_event),
  ];
  const twice = found.duplicate_tags ?? [];
  list.push({
    name: "twice",
    mood: twice.length ? "warn" : "good",
    text: twice.length ? t("verify.twice.found", { pages: twice.map((one) => `${one.host ?? ""}${one.page ?? ""}`).join(", ") }) : t("verify.twice.none"),
  });
  const off = found.clock.clamped_future + found.clock.backdated;
  list.push({ name: "clock", mood: off ? "warn" : "good", text: off ? t("verify.clock.found", { n: off }) : t("verify.clock.none") });
  return list;
}

export function Verification() {
  const answer = useAnswer<Found>(`${base.value}/verification`, 30_000);
  return (
    <Panel title={t("verify.title")} note={t("verify.note")} call={answer.data ? answer.call : undefined} hasFiles={false}>
      {answer.error ? (
        <ErrorBox error={answer.error} again={answer.again} />
      ) : !answer.data ? (
        <Waiting />
      ) : (
        <ul class="stack">
          {checks(answer.data).map((check) => (
            <li key={check.name} class={`badge ${check.mood}`}>
              <Icon name={check.mood === "good" ? "check" : check.mood === "warn" ? "warn" : "info"} />
              <span>
                <strong>{t(`verify.${check.name}` as Key)}</strong> {check.text}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
