// Accepting an invitation: a name and a password, and one is in.

import { useState } from "preact/hooks";
import type { Session } from "../api/types";
import { t } from "../i18n";
import { Form, useChange } from "../parts/form";
import { BrandMark } from "../parts/shell";
import { opened } from "../state/session";
import { go, hash } from "../state/url";

export function Invite() {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [totp, setTotp] = useState("");
  const change = useChange();
  const accept = async () => {
    const secret = hash.value.replace("#/invite/", "");
    const session = await change.send<Session>("POST", "/api/v1/invitations/accept", { secret, name, password, ...(totp ? { totp } : {}) });
    if (!session) return;
    opened(session);
    go("/", "replace");
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
          <input type="password" required minLength={12} autocomplete="new-password" value={password} onInput={(event) => setPassword(event.currentTarget.value)} />
          <span class="muted">{t("invite.password_hint")}</span>
        </label>
        {change.error?.code.includes("totp") && (
          <label>
            {t("signin.totp")}
            <input inputMode="numeric" autocomplete="one-time-code" value={totp} onInput={(event) => setTotp(event.currentTarget.value)} />
          </label>
        )}
      </Form>
    </div>
  );
}
