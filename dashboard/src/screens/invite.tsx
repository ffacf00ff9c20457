// Accepting an invitation: a name and a password, and one is in.

import { useState } from "preact/hooks";
import { call } from "../api/client";
import { t } from "../i18n";
import { Form, useChange } from "../parts/form";
import { BrandMark } from "../parts/shell";
import { start } from "../state/session";
import { go, hash } from "../state/url";

export function Invite() {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const change = useChange();
  const accept = async () => {
    const secret = hash.value.replace("#/invite/", "");
    const made = await change.send<{ email?: string }>("POST", "/api/v1/invitations/accept", { secret, name, password });
    if (made === undefined) return;
    if (made?.email) await call("/api/v1/session", { method: "POST", body: { email: made.email, password } }).catch(() => undefined);
    go("/", "replace");
    await start();
  };
  return (
    <div class="card-form">
      <p class="brand">
        <BrandMark /> Tallyho
      </p>
      <h1>{t("invite.title")}</h1>
      <Form change={change} action={t("invite.accept")} onSubmit={accept}>
        <label>
          {t("users.name")}
          <input required autocomplete="name" value={name} onInput={(event) => setName(event.currentTarget.value)} />
        </label>
        <label>
          {t("signin.password")}
          <input type="password" required minLength={10} autocomplete="new-password" value={password} onInput={(event) => setPassword(event.currentTarget.value)} />
          <span class="muted">{t("setup.password_hint")}</span>
        </label>
      </Form>
    </div>
  );
}
