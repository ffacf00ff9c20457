// How many visitors are in the shop, in the top bar of every screen.

import { useAnswer } from "../api/answers";
import { t } from "../i18n";
import { base } from "../state/session";
import { href } from "../state/url";
import { Figure } from "./figure";

/** The last half hour, as the server reckons it; older servers tell nothing of it. */
export interface Now {
  as_of: string;
  minutes: number;
  visitors: number;
  visitors_now: number;
  page_views: number;
  orders: number;
  order_total: string;
  open_carts: number;
  page_views_by_minute: number[];
  orders_by_minute: number[];
  pages: { name: string; count: number }[];
  sources: { name: string; count: number }[];
}

export function LiveCount() {
  const answer = useAnswer<{ now?: Now | null }>(`${base.value}/live?limit=0`, 30_000);
  const now = answer.data?.now;
  return (
    <span class="live-count">
      <span class={`lamp ${now ? "good" : ""}`} aria-hidden="true" />
      <span class="live-figure">{now && <Figure value={now.visitors_now} unit="count" call={answer.call} at="now.visitors_now" />}</span>
      <a href={href("/live")}>{now ? t("live.visitors_now") : t("nav.live")}</a>
    </span>
  );
}
