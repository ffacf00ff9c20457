// Segments: groups of visits, visitors or customers, put together from conditions, counted while they are written.

import { useEffect, useState } from "preact/hooks";
import { forget, useAnswer } from "../api/answers";
import { ApiError, call } from "../api/client";
import { t, type Key } from "../i18n";
import { announce } from "../parts/announce";
import { Builder } from "../parts/filterbar";
import { Panel } from "../parts/panel";
import { Popover } from "../parts/popover";
import { Empty, ErrorBox, Waiting } from "../parts/states";
import { Title } from "../parts/title";
import * as format from "../i18n/format";
import { writeFilter, type Condition } from "../state/filters";
import { period } from "../state/period";
import { base, mayChange } from "../state/session";
import { href } from "../state/url";

interface Segment {
  name: string;
  text: string;
  scope?: string;
}

const SCOPES = ["visit", "visitor", "customer", "order"];
const CHECK_AFTER_MS = 400;

export function Segments() {
  const answer = useAnswer<{ segments: Segment[] }>(`${base.value}/segments`);
  const [edited, edit] = useState<Segment | null>(null);
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
                {answer.data.segments.map((segment) => (
                  <li key={segment.name}>
                    <p class="row">
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
      </div>
    </>
  );
}

type Counts = Record<string, unknown>;

/** Asks how many a text means, a moment after the last key. */
function useCounts(text: string, scope: string): { counts: Counts | null; error: ApiError | null } {
  const [state, set] = useState<{ counts: Counts | null; error: ApiError | null }>({ counts: null, error: null });
  useEffect(() => {
    if (!text.trim()) return set({ counts: null, error: null });
    const abort = new AbortController();
    const timer = setTimeout(() => {
      const body = { text, scope, from: period.value.from, to: period.value.to };
      call<Counts>(`${base.value}/segments/check`, { method: "POST", body, signal: abort.signal }).then(
        (counts) => set({ counts, error: null }),
        (error: unknown) => !abort.signal.aborted && error instanceof ApiError && set({ counts: null, error }),
      );
    }, CHECK_AFTER_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [text, scope, period.value.from, period.value.to]);
  return state;
}

function Editor({ segment, onSaved }: { segment: Segment | null; onSaved: () => void }) {
  const [name, setName] = useState(segment?.name ?? "");
  const [text, setText] = useState(segment?.text ?? "");
  const [scope, setScope] = useState(segment?.scope ?? "visit");
  const [problem, setProblem] = useState<ApiError | null>(null);
  const { counts, error } = useCounts(text, scope);
  const add = (condition: Condition) => setText((before) => [before.trim(), writeFilter([[condition]])].filter(Boolean).join(";"));
  const save = async () => {
    try {
      await call(`${base.value}/segments/${encodeURIComponent(name.trim())}`, { method: "PUT", body: { text, scope } });
      forget(`${base.value}/segments`);
      onSaved();
    } catch (failed) {
      if (failed instanceof ApiError) setProblem(failed);
    }
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
          <textarea rows={4} value={text} spellcheck={false} placeholder="channel==Email;country==DE,country==AT" onInput={(event) => setText(event.currentTarget.value)} />
        </label>
        <Popover icon="plus" face={t("segments.condition")}>
          {(close) => <Builder onAdd={(condition) => (add(condition), close())} />}
        </Popover>
        <div role="status">
          {counts && (
            <dl class="tally-figures">
              {Object.entries(counts)
                .filter(([, value]) => typeof value === "number")
                .map(([what, value]) => (
                  <div key={what}>
                    <dt>{what.replaceAll("_", " ")}</dt>
                    <dd>{format.figure(value as number, "count")}</dd>
                  </div>
                ))}
            </dl>
          )}
          {error && (error.isMissing ? <p class="muted">{t("missing.text")}</p> : <ErrorBox error={error} />)}
        </div>
        {mayChange.value && (
          <div class="row">
            <input aria-label={t("segments.name")} placeholder={t("segments.name")} required value={name} onInput={(event) => setName(event.currentTarget.value)} />
            <button type="submit" class="button primary" disabled={!name.trim() || !text.trim()}>
              {t("save")}
            </button>
          </div>
        )}
        {problem && <ErrorBox error={problem} />}
      </form>
    </Panel>
  );
}
