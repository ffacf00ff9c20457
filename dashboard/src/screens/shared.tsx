// Opening a shared view: the secret of the link, and a password where the link has one.

import { useEffect, useState } from "preact/hooks";
import type { Session } from "../api/types";
import { t } from "../i18n";
import { Form, useChange } from "../parts/form";
import { BrandMark } from "../parts/shell";
import { opened } from "../state/session";
import { go, hash } from "../state/url";

export function Shared() {
  const [password, setPassword] = useState("");
  const change = useChange();
  const open = async () => {
    const secret = hash.value.replace("#/share/", "");
    const session = await change.send<Session>("POST", "/api/v1/shares/open", password ? { secret, password } : { secret });
    if (!session) return;
    opened(session);
    go("/", "replace");
  };
  useEffect(() => void open(), []);
  return (
    <div class="card-form">
      <p class="brand">
        <BrandMark /> Tallyho
      </p>
      <h1>{t("shared.title")}</h1>
      <Form change={change} action={t("shared.open")} onSubmit={open}>
        <label>
          {t("shares.password_optional")}
          <input type="password" autocomplete="off" value={password} onInput={(event) => setPassword(event.currentTarget.value)} />
        </label>
      </Form>
    </div>
  );
}
