// The snippets as tabs: choose a way, copy, paste.

import { useState } from "preact/hooks";
import { useAnswer } from "../api/answers";
import { t, maybe } from "../i18n";
import { copy } from "../parts/panel";
import { ErrorBox, Waiting } from "../parts/states";
import { base, site } from "../state/session";
import { WAYS, type SnippetAnswer, type Ways } from "./ways";

export function SnippetTabs() {
  const answer = useAnswer<SnippetAnswer>(`${base.value}/snippet`);
  const [way, setWay] = useState("html");
  if (answer.error) return <ErrorBox error={answer.error} again={answer.again} />;
  if (!answer.data) return <Waiting />;
  const key = /data-site="([^"]+)"/.exec(answer.data.html)?.[1] ?? "COLLECT_KEY";
  const ways: Ways = { id: site.value?.id ?? 1, host: location.host, key, answer: answer.data };
  const text = (WAYS.find(([name]) => name === way) ?? WAYS[0]!)[1](ways);
  return (
    <div class="stack">
      <div class="row" role="group" aria-label={t("snippet.ways")}>
        {WAYS.map(([name]) => (
          <button key={name} type="button" class="button" aria-pressed={way === name} onClick={() => setWay(name)}>
            {maybe(`snippet.way.${name}`, name)}
          </button>
        ))}
      </div>
      <pre tabIndex={0}>{text}</pre>
      <div class="row">
        <button type="button" class="button primary" onClick={() => void copy(text)}>
          {t("snippet.copy")}
        </button>
        <span class="muted">{t("snippet.csp", { host: location.host })}</span>
      </div>
      {way === "html" && (
        <details>
          <summary>{t("snippet.pinned")}</summary>
          <pre tabIndex={0}>{`<script async src="${answer.data.pinned.script}" integrity="${answer.data.pinned.integrity}" crossorigin="anonymous" data-site="${key}"></script>`}</pre>
        </details>
      )}
    </div>
  );
}
