// One's own account: name, password, second factor, and where one is signed in.

import { useState } from "preact/hooks";
import { useAnswer } from "../../api/answers";
import { csrf } from "../../api/client";
import { t } from "../../i18n";
import * as format from "../../i18n/format";
import { Form, saved, useChange } from "../../parts/form";
import { Listing } from "../../parts/listing";
import { Panel } from "../../parts/panel";
import { Empty } from "../../parts/states";
import { session, signOut, start } from "../../state/session";

export function Account() {
  const user = session.value?.user;
  if (!user || session.value?.demo) {
    return (
      <Panel title={t("settings.account")}>
        <Empty title={t("account.nobody")} />
      </Panel>
    );
  }
  return (
    <>
      <Panel title={t("settings.account")} note={user.email}>
        <button type="button" class="button" onClick={() => void signOut()}>
          {t("user.sign_out")}
        </button>
      </Panel>
      <Password />
      <Factor isOn={user.totp === true} />
      <Sessions />
    </>
  );
}

function Password() {
  const [old_password, setOld] = useState("");
  const [password, setNew] = useState("");
  const change = useChange();
  const send = async () => {
    const answer = await change.send<{ csrf: string }>("PUT", "/api/v1/me", { password, old_password });
    if (!answer) return;
    csrf.value = answer.csrf;
    setOld("");
    setNew("");
    saved();
  };
  return (
    <Panel title={t("account.password")} note={t("account.password_note")}>
      <Form change={change} action={t("save")} onSubmit={send}>
        <label>
          {t("account.old_password")}
          <input type="password" required autocomplete="current-password" value={old_password} onInput={(event) => setOld(event.currentTarget.value)} />
        </label>
        <label>
          {t("account.new_password")}
          <input type="password" required minLength={12} autocomplete="new-password" value={password} onInput={(event) => setNew(event.currentTarget.value)} />
          <span class="muted">{t("setup.password_hint")}</span>
        </label>
      </Form>
    </Panel>
  );
}

function Factor({ isOn }: { isOn: boolean }) {
  const [begun, setBegun] = useState<{ secret: string; uri: string } | null>(null);
  const [typed, setTyped] = useState("");
  const [codes, setCodes] = useState<string[]>([]);
  const change = useChange();
  const begin = async () => setBegun((await change.send<{ secret: string; uri: string }>("POST", "/api/v1/me/totp")) ?? null);
  const confirm = async () => {
    const answer = await change.send<{ recovery_codes: string[] }>("PUT", "/api/v1/me/totp", { code: typed });
    if (!answer) return;
    setCodes(answer.recovery_codes);
    setBegun(null);
    setTyped("");
    await start();
  };
  const drop = async () => {
    if ((await change.send("DELETE", "/api/v1/me/totp", { password: typed })) === undefined) return;
    setTyped("");
    await start();
  };
  return (
    <Panel title={t("account.factor")} note={t(isOn ? "account.factor_on" : "account.factor_off")}>
      {codes.length > 0 && (
        <div class="badge good" role="status">
          <div>
            <p>{t("account.codes")}</p>
            <pre tabIndex={0}>{codes.join("\n")}</pre>
          </div>
        </div>
      )}
      {isOn ? (
        <Form change={change} action={t("account.factor_drop")} onSubmit={drop}>
          <label>
            {t("signin.password")}
            <input type="password" required autocomplete="current-password" value={typed} onInput={(event) => setTyped(event.currentTarget.value)} />
          </label>
        </Form>
      ) : begun ? (
        <Form change={change} action={t("account.factor_confirm")} onSubmit={confirm}>
          <p>{t("account.factor_how")}</p>
          <pre tabIndex={0}>{begun.secret}</pre>
          <p>
            <a href={begun.uri}>{t("account.factor_open")}</a>
          </p>
          <label>
            {t("signin.totp")}
            <input inputMode="numeric" required autocomplete="one-time-code" value={typed} onInput={(event) => setTyped(event.currentTarget.value)} />
          </label>
        </Form>
      ) : (
        <Form change={change} action={t("account.factor_begin")} onSubmit={begin}>
          {null}
        </Form>
      )}
    </Panel>
  );
}

interface SignedIn {
  id: string;
  agent: string;
  last_used_at: string;
  expires_at: string;
  current: boolean;
}

function Sessions() {
  const answer = useAnswer<{ sessions: SignedIn[] }>("/api/v1/sessions");
  const removal = useChange();
  if (!answer.data) return null;
  return (
    <Panel title={t("account.sessions")}>
      <Listing
        caption={t("account.sessions")}
        columns={[t("account.agent"), t("tokens.used")]}
        rows={answer.data.sessions}
        key_of={(one) => one.id}
        cells={(one) => [`${one.agent || t("unknown")}${one.current ? ` (${t("account.this")})` : ""}`, format.instant(one.last_used_at, "short")]}
        empty={t("users.none")}
        onRemove={(one) => void removal.send("DELETE", `/api/v1/sessions/${one.id}`).then(answer.again)}
      />
    </Panel>
  );
}
