// Tokens for servers and programs: what each may do, when it was last used. A new one is shown once.

import { useState } from "preact/hooks";
import { useAnswer } from "../../api/answers";
import { t, type Key } from "../../i18n";
import * as format from "../../i18n/format";
import { Form, useChange } from "../../parts/form";
import { Listing } from "../../parts/listing";
import { copy, Panel } from "../../parts/panel";
import { ErrorBox, Waiting } from "../../parts/states";
import { base, mayChange } from "../../state/session";

interface Token {
  id: string;
  scope: string;
  label: string;
  created_at: string;
  last_used_at: string | null;
}

const SCOPES = ["read", "ingest", "import", "admin"];

export function Tokens() {
  const path = `${base.value}/tokens`;
  const answer = useAnswer<{ tokens: Token[] }>(path);
  const [label, setLabel] = useState("");
  const [scope, setScope] = useState("read");
  const [fresh, setFresh] = useState("");
  const change = useChange();
  const removal = useChange();
  const add = async () => {
    const made = await change.send<{ token: string }>("POST", path, { scope, label });
    if (!made) return;
    setFresh(made.token);
    setLabel("");
    answer.again();
  };
  return (
    <Panel title={t("settings.tokens")} note={t("tokens.note")}>
      {answer.error ? (
        <ErrorBox error={answer.error} again={answer.again} />
      ) : !answer.data ? (
        <Waiting />
      ) : (
        <Listing
          caption={t("settings.tokens")}
          columns={[t("tokens.label"), t("tokens.scope"), t("tokens.created"), t("tokens.used")]}
          rows={answer.data.tokens}
          key_of={(token) => token.id}
          cells={(token) => [token.label || token.id, t(`tokens.scope.${token.scope}` as Key), format.instant(token.created_at, "short"), format.instant(token.last_used_at, "short")]}
          empty={t("tokens.none")}
          onRemove={mayChange.value ? (token) => void removal.send("DELETE", `${path}/${token.id}`).then(answer.again) : undefined}
        />
      )}
      {removal.error && <ErrorBox error={removal.error} />}
      {fresh && (
        <div class="badge good" role="status">
          <div>
            <p>{t("tokens.fresh")}</p>
            <pre tabIndex={0}>{fresh}</pre>
            <button type="button" class="button" onClick={() => void copy(fresh)}>
              {t("snippet.copy")}
            </button>
          </div>
        </div>
      )}
      {mayChange.value && (
        <>
          <h3>{t("tokens.new")}</h3>
          <Form change={change} action={t("tokens.add")} onSubmit={add}>
            <label>
              {t("tokens.label")}
              <input value={label} onInput={(event) => setLabel(event.currentTarget.value)} />
            </label>
            <label>
              {t("tokens.scope")}
              <select value={scope} onChange={(event) => setScope(event.currentTarget.value)}>
                {SCOPES.map((one) => (
                  <option key={one} value={one}>
                    {t(`tokens.scope.${one}` as Key)}
                  </option>
                ))}
              </select>
            </label>
          </Form>
        </>
      )}
    </Panel>
  );
}
