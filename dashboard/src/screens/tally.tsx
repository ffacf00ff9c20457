// Does it tally? The shop's own list of orders, compared with ours order by order.

import { useState } from "preact/hooks";
import { ApiError, call } from "../api/client";
import { t } from "../i18n";
import * as format from "../i18n/format";
import { Icon } from "../parts/icon";
import { Panel } from "../parts/panel";
import { ErrorBox, Waiting } from "../parts/states";
import { Title } from "../parts/title";
import { base } from "../state/session";
import { href, segment } from "../state/url";
import { keepTally } from "../state/tally";
import { maybe } from "../i18n";
import { TableBox } from "../parts/tablebox";

interface Found {
  equal: boolean;
  meta: { from: string | null; to: string | null; currency: string };
  counts: Record<string, number>;
  missing: { id: string; total: string; currency: string; placed_at: string | null }[];
  extra: { order_id: string; total: string; currency: string; placed_at: string; status: string }[];
  different: { id: string; order_id: string; fields: { field: string; theirs: string; ours: string }[] }[];
  days: { day: string; currency: string; theirs: Side; ours: Side; difference: Side }[];
  origins: { origin: string; orders: number; of: number; share: string }[];
  bad_lines: { line: number; reason: string }[];
}

interface Side {
  orders: number;
  total: string;
}

const SHOWN_MAX = 200;

export function Tally() {
  const [text, setText] = useState("");
  const [isOver, setOver] = useState(false);
  const [state, set] = useState<{ isBusy: boolean; found: Found | null; error: ApiError | null }>({ isBusy: false, found: null, error: null });
  const compare = async (list: string) => {
    if (!list.trim()) return;
    set({ isBusy: true, found: null, error: null });
    try {
      const found = await call<Found>(`${base.value}/reconcile`, { method: "POST", text: list });
      set({ isBusy: false, found, error: null });
      const { listed = 0, missing = 0, extra = 0, different = 0 } = found.counts;
      await keepTally({ at: new Date().toISOString(), from: found.meta.from ?? "", to: found.meta.to ?? "", equal: found.equal, listed, missing, extra, different });
    } catch (error) {
      set({ isBusy: false, found: null, error: error instanceof ApiError ? error : new ApiError(0, "internal", String(error)) });
    }
  };
  const read = async (file: File | undefined) => {
    if (!file) return;
    const list = await file.text();
    setText(list.slice(0, 20_000));
    await compare(list);
  };
  return (
    <>
      <Title>{t("nav.tally")}</Title>
      <div class="stack">
        <Panel title={t("tally.list")} note={t("tally.list_note")}>
          <form class="stack" onSubmit={(event) => (event.preventDefault(), void compare(text))}>
            <div
              class={`drop ${isOver ? "over" : ""}`}
              onDragOver={(event) => (event.preventDefault(), setOver(true))}
              onDragLeave={() => setOver(false)}
              onDrop={(event) => {
                event.preventDefault();
                setOver(false);
                void read(event.dataTransfer?.files[0]);
              }}
            >
              <label>
                {t("tally.file")}
                <input type="file" accept=".csv,text/csv,text/plain" onChange={(event) => void read(event.currentTarget.files?.[0])} />
              </label>
            </div>
            <label>
              {t("tally.paste")}
              <textarea rows={5} value={text} spellcheck={false} placeholder={"id,total,currency,date\nTT-1001,59.90,EUR,2026-03-02"} onInput={(event) => setText(event.currentTarget.value)} />
            </label>
            <div class="row">
              <button type="submit" class="button primary" disabled={!text.trim() || state.isBusy}>
                {state.isBusy ? t("busy") : t("tally.compare")}
              </button>
            </div>
          </form>
        </Panel>
        {state.error && <ErrorBox error={state.error} />}
        {state.isBusy && <Waiting />}
        {state.found && <Result found={state.found} />}
      </div>
    </>
  );
}

function Result({ found }: { found: Found }) {
  const period = found.meta.from && found.meta.to ? format.days(found.meta.from, found.meta.to) : "";
  const differing = (found.counts["missing"] ?? 0) + (found.counts["extra"] ?? 0) + (found.counts["different"] ?? 0);
  return (
    <>
      <p class={`badge ${found.equal ? "good" : "warn"}`} role="status">
        <Icon name={found.equal ? "check" : "warn"} />
        {found.equal ? t("tally.equal", { n: found.counts["listed"] ?? 0, period }) : t("tally.unequal", { n: differing, period })}
      </p>
      <Panel title={t("tally.result")} note={period}>
        <dl class="tally-figures">
          {(["listed", "equal", "missing", "extra", "different", "bad_lines"] as const).map((name) => (
            <div key={name}>
              <dt>{t(`tally.count.${name}`)}</dt>
              <dd>{format.figure(found.counts[name] ?? 0, "count")}</dd>
            </div>
          ))}
        </dl>
        <h3>{t("tally.coverage")}</h3>
        <ul class="bars">
          {found.origins.map((one) => (
            <li key={one.origin}>
              <span>{maybe(`value.order_source.${one.origin}`, one.origin)}</span>
              <span class="muted">{format.figure(one.share, "percent")}</span>
              <span class="figure">{t("tally.of", { n: one.orders, all: one.of })}</span>
            </li>
          ))}
        </ul>
      </Panel>
      {found.missing.length > 0 && (
        <Listed
          title={t("tally.count.missing")}
          note={t("tally.missing_note")}
          rows={found.missing.map((one) => [one.id, format.money(one.total, one.currency), format.instant(one.placed_at, "short")])}
        />
      )}
      {found.extra.length > 0 && (
        <Listed
          title={t("tally.count.extra")}
          note={t("tally.extra_note")}
          rows={found.extra.map((one) => [one.order_id, format.money(one.total, one.currency), format.instant(one.placed_at, "short")])}
        />
      )}
      {found.different.length > 0 && (
        <Listed
          title={t("tally.count.different")}
          note={t("tally.different_note")}
          rows={found.different.map((one) => [one.order_id, one.fields.map((f) => `${f.field}: ${f.theirs} ≠ ${f.ours}`).join("; "), ""])}
        />
      )}
      {found.bad_lines.length > 0 && <Listed title={t("tally.count.bad_lines")} rows={found.bad_lines.map((bad) => ["", bad.reason, t("tally.line", { n: bad.line })])} />}
    </>
  );
}

function Listed({ title, note, rows }: { title: string; note?: string; rows: [id: string, what: string, when: string][] }) {
  return (
    <Panel title={title} note={note}>
      <TableBox>
        <table class="table">
          <caption class="hidden">{title}</caption>
          <tbody>
            {rows.slice(0, SHOWN_MAX).map(([id, what, when], at) => (
              <tr key={at}>
                <th scope="row">{id ? <a href={href(`/orders/${segment(id)}`)}>{id}</a> : when}</th>
                <td class="text">{what}</td>
                {id && <td class="text nowrap">{when}</td>}
              </tr>
            ))}
          </tbody>
        </table>
      </TableBox>
    </Panel>
  );
}
