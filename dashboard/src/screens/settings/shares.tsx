// Links through which people without an account may look. Each can be taken back.

import { useState } from "preact/hooks";
import { useAnswer } from "../../api/answers";
import { t } from "../../i18n";
import * as format from "../../i18n/format";
import { Form, useChange } from "../../parts/form";
import { Listing } from "../../parts/listing";
import { copy, Panel } from "../../parts/panel";
import { ErrorBox, Waiting } from "../../parts/states";
import { base, mayChange } from "../../state/session";
import { query } from "../../state/url";

interface Share {
  id: number | string;
  name: string;
  created_at?: string;
  password?: boolean;
  filter?: string;
}

export function Shares() {
  const path = `${base.value}/shares`;
  const answer = useAnswer<{ shares: Share[] }>(path);
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [filter, setFilter] = useState(() => query.value.get("filter") ?? "");
  const [link, setLink] = useState("");
  const change = useChange();
  const removal = useChange();
  const add = async () => {
    const made = await change.send<{ link: string }>("POST", path, { name, filter: filter.trim(), ...(password ? { password } : {}) });
    if (!made) return;
    setLink(made.link);
    setName("");
    setPassword("");
    answer.again();
  };
  return (
    <Panel title={t("settings.shares")} note={t("shares.note")}>
      {answer.error ? (
        <ErrorBox error={answer.error} again={answer.again} />
      ) : !answer.data ? (
        <Waiting />
      ) : (
        <Listing
          caption={t("settings.shares")}
          columns={[t("shares.name"), t("shares.filter"), t("tokens.created"), t("shares.password")]}
          rows={answer.data.shares ?? []}
          key_of={(share) => String(share.id)}
          cells={(share) => [share.name, share.filter || format.NOTHING, format.instant(share.created_at, "short"), share.password ? t("yes") : t("no")]}
          empty={t("shares.none")}
          onRemove={mayChange.value ? (share) => void removal.send("DELETE", `${path}/${share.id}`).then(answer.again) : undefined}
        />
      )}
      {removal.error && <ErrorBox error={removal.error} />}
      {link && (
        <div class="badge good" role="status">
          <div>
            <p>{t("shares.fresh")}</p>
            <pre tabIndex={0}>{link}</pre>
            <button type="button" class="button" onClick={() => void copy(link)}>
              {t("snippet.copy")}
            </button>
          </div>
        </div>
      )}
      {mayChange.value && !answer.error && (
        <>
          <h3>{t("shares.new")}</h3>
          <Form change={change} action={t("shares.add")} onSubmit={add}>
            <label>
              {t("shares.name")}
              <input required value={name} onInput={(event) => setName(event.currentTarget.value)} />
            </label>
            <label>
              {t("shares.filter")}
              <input value={filter} placeholder="channel==Email" onInput={(event) => setFilter(event.currentTarget.value)} />
            </label>
            <label>
              {t("shares.password_optional")}
              <input type="password" autocomplete="new-password" value={password} onInput={(event) => setPassword(event.currentTarget.value)} />
            </label>
          </Form>
        </>
      )}
    </Panel>
  );
}
