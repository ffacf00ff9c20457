// Segments: groups of visits, visitors or customers, put together from conditions, counted while they are written.

import { useEffect, useState } from "preact/hooks";
import { forget, useAnswer } from "../api/answers";
import { ApiError, call } from "../api/client";
import { t, type Key } from "../i18n";
import { metricLabel } from "../i18n/names";
import { announce } from "../parts/announce";
import { Builder } from "../parts/filterbar";
import { saved, useChange } from "../parts/form";
import { Panel } from "../parts/panel";
import { SegmentCompare } from "../parts/segment-compare";
import { ALL, SEGMENTS_MAX } from "../parts/segment-names";
import { Popover } from "../parts/popover";
import { Empty, ErrorBox, Waiting } from "../parts/states";
import { Title } from "../parts/title";
import * as format from "../i18n/format";
import type { Condition } from "../state/filters";
import { period } from "../state/period";
import { base, mayChange } from "../state/session";
import { href, query, set } from "../state/url";

interface Segment {
  name: string;
  text: string;
  of?: string;
  admins_only?: boolean;
}

/** Whose a segment is: a word before its conditions. */
const SCOPES = ["rows", "visits", "visitors", "customers", "orders"];
const CHECK_AFTER_MS = 400;

export function Segments() {
  const answer = useAnswer<{ segments: Segment[] }>(`${base.value}/segments`);
  const [edited, edit] = useState<Segment | null>(null);
  const known = (answer.data?.segments ?? []).map((segment) => segment.name);
  const compared = (query.value.get("segments") ?? "").split(",").filter((name) => known.includes(name));
  const compareWith = (name: string, isWanted: boolean) => {
    const next = known.filter((one) => (one === name ? isWanted : compared.includes(one)));
    set({ segments: next.join(",") || null }, "replace");
  };
  const remove = async (name: string) => {
    try {
      await call(`${base.value}/segments/${encodeURIComponent(name)}`, { method: "DELETE" });
      forget(`${base.value}/segments`);
      answer.again();
    } catch (error) {
      announce((error as Error).message);
    }
  };
  return (
    <>
      <Title hasPeriod>{t("nav.segments")}</Title>
      <div class="grid">
        <div class="span-6">
          <Editor key={edited?.name ?? ""} segment={edited} onSaved={() => (edit(null), answer.again())} />
        </div>
        <div class="span-6">
          <Panel title={t("segments.saved")}>
            {answer.error ? (
              <ErrorBox error={answer.error} again={answer.again} />
            ) : !answer.data ? (
              <Waiting />
            ) : !answer.data.segments?.length ? (
              <Empty title={t("segments.none")}>
                <p>{t("segments.none_text")}</p>
              </Empty>
            ) : (
              <ul class="stack">
                <li class="muted">{t("segments.compare_note")}</li>
                {answer.data.segments.map((segment) => (
                  <li key={segment.name}>
                    <p class="row">
                      <input type="checkbox" aria-label={t("segments.compare_named", { name: segment.name })} checked={compared.includes(segment.name)} disabled={!compared.includes(segment.name) && compared.length >= SEGMENTS_MAX - 1} onChange={(event) => compareWith(segment.name, event.currentTarget.checked)} />
                      <a href={href("/", { segment: segment.name })}>{segment.name}</a>
                      {mayChange.value && (
                        <>
                          <button type="button" class="button quiet" onClick={() => edit(segment)}>
                            {t("segments.edit")}
                          </button>
                          <button type="button" class="button quiet danger" onClick={() => void remove(segment.name)}>
                            {t("delete")}
                          </button>
                        </>
                      )}
                    </p>
                    <code>{segment.text}</code>
                  </li>
                ))}
              </ul>
            )}
          </Panel>
        </div>
        {compared.length > 0 && (
          <div class="span-12">
            <div class="stack">
              <SegmentCompare names={[ALL, ...compared]} known={answer.data?.segments ?? []} />
            </div>
          </div>
        )}
      </div>
    </>
  );
}

interface Checked {
  text: string;
  counts: Record<string, number | null>;
}

/** Asks how many a text keeps, a moment after the last key. */
function useCheck(text: string): { checked: Checked | null; error: ApiError | null } {
  const [state, set] = useState<{ checked: Checked | null; error: ApiError | null }>({ checked: null, error: null });
  useEffect(() => {
    if (!text.trim()) return set({ checked: null, error: null });
    const abort = new AbortController();
    const timer = setTimeout(() => {
      const body = { text, from: period.value.from, to: period.value.to };
      call<Checked>(`${base.value}/segments/check`, { method: "POST", body, signal: abort.signal }).then(
        (checked) => set({ checked, error: null }),
        (error: unknown) => !abort.signal.aborted && error instanceof ApiError && set({ checked: null, error }),
      );
    }, CHECK_AFTER_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [text, period.value.from, period.value.to]);
  return state;
}

const SIGNS = { "==": "=", "!=": "!=", "=@": "contains" } as const;

/** Writes a condition as segments have it; unusual values stand in quotation marks. */
function written({ dimension, sign, value }: Condition): string {
  if (value === "") return `${dimension} is ${sign === "!=" ? "known" : "unknown"}`;
  const plain = /^[\p{L}\p{N}_./-]+$/u.test(value) ? value : `"${value.replace(/["\\]/g, "\\$&")}"`;
  return `${dimension} ${SIGNS[sign]} ${plain}`;
}

/** Takes the word before the conditions apart from them. */
function apart(text: string): [scope: string, conditions: string] {
  const found = /^\s*(visits|visitors|customers|orders)\s*:\s*/.exec(text);
  return found ? [found[1]!, text.slice(found[0].length)] : ["rows", text];
}

function Editor({ segment, onSaved }: { segment: Segment | null; onSaved: () => void }) {
  const [name, setName] = useState(segment?.name ?? "");
  const [scope, setScope] = useState(() => (segment ? apart(segment.text)[0] : "visitors"));
  const [conditions, setConditions] = useState(() => (segment ? apart(segment.text)[1] : ""));
  const [isPrivate, setPrivate] = useState(segment?.admins_only ?? false);
  const change = useChange();
  const text = conditions.trim() && scope !== "rows" ? `${scope}: ${conditions}` : conditions;
  const { checked, error } = useCheck(text);
  const add = (condition: Condition) => setConditions((before) => [before.trim(), written(condition)].filter(Boolean).join(" and "));
  const save = async () => {
    const path = `${base.value}/segments/${encodeURIComponent(name.trim())}`;
    if ((await change.send("PUT", path, { text, admins_only: isPrivate })) === undefined) return;
    saved();
    onSaved();
  };
  return (
    <Panel title={t("segments.build")} note={t("segments.build_note")}>
      <form class="form" onSubmit={(event) => (event.preventDefault(), void save())}>
        <label>
          {t("segments.scope")}
          <select value={scope} onChange={(event) => setScope(event.currentTarget.value)}>
            {SCOPES.map((one) => (
              <option key={one} value={one}>
                {t(`segments.scope.${one}` as Key)}
              </option>
            ))}
          </select>
        </label>
        <label>
          {t("segments.text")}
          <textarea rows={4} value={conditions} spellcheck={false} placeholder="country in (DE, AT) and did purchase >= 2 in 90d" onInput={(event) => setConditions(event.currentTarget.value)} />
        </label>
        <div class="row">
          <Popover icon="plus" face={t("segments.condition")}>
            {(close) => <Builder onAdd={(condition) => (add(condition), close())} />}
          </Popover>
        </div>
        <div role="status">
          {checked && (
            <>
              <p class="muted">
                {t("segments.kept")} <code>{checked.text}</code>
              </p>
              <dl class="tally-figures">
                {Object.entries(checked.counts)
                  .filter(([, count]) => count !== null)
                  .map(([metric, count]) => (
                    <div key={metric}>
                      <dt>{metricLabel(metric)}</dt>
                      <dd>{format.figure(count, "count")}</dd>
                    </div>
                  ))}
              </dl>
            </>
          )}
          {error && <ErrorBox error={error} />}
        </div>
        {mayChange.value && (
          <>
            <label class="choice">
              <input type="checkbox" checked={isPrivate} onChange={(event) => setPrivate(event.currentTarget.checked)} />
              {t("segments.admins_only")}
            </label>
            <div class="row">
              <input aria-label={t("segments.name")} placeholder={t("segments.name")} required pattern="[A-Za-z0-9_\-]{1,64}" value={name} onInput={(event) => setName(event.currentTarget.value)} />
              <button type="submit" class="button primary" disabled={change.isBusy || !name.trim() || !text.trim()}>
                {t("save")}
              </button>
            </div>
          </>
        )}
        {change.error && <ErrorBox error={change.error} />}
      </form>
    </Panel>
  );
}
