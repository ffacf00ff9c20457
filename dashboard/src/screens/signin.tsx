// Signing in. Where the server knows no users yet, what to do instead.

import { useState } from "preact/hooks";
import { ApiError } from "../api/client";
import { t } from "../i18n";
import { BrandMark } from "../parts/shell";
import { Empty, ErrorBox } from "../parts/states";
import { hasUsers, signIn } from "../state/session";

export function SignIn() {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [totp, setTotp] = useState("");
  const [needsTotp, setNeedsTotp] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const send = async () => {
    setBusy(true);
    setError(null);
    try {
      await signIn(email, password, totp);
    } catch (failed) {
      if (!(failed instanceof ApiError)) throw failed;
      if (failed.code.includes("totp")) setNeedsTotp(true);
      if (!failed.code.includes("totp") || totp) setError(failed);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div class="card-form">
      <p class="brand">
        <BrandMark /> Tallyho
      </p>
      <h1>{t("signin.title")}</h1>
      {!hasUsers.value ? (
        <Empty title={t("signin.closed")}>
          <p>{t("signin.closed_text")}</p>
        </Empty>
      ) : (
        <form class="form" onSubmit={(event) => (event.preventDefault(), void send())}>
          <label>
            {t("users.email")}
            <input type="email" required autocomplete="username" value={email} onInput={(event) => setEmail(event.currentTarget.value)} />
          </label>
          <label>
            {t("signin.password")}
            <input type="password" required autocomplete="current-password" value={password} onInput={(event) => setPassword(event.currentTarget.value)} />
          </label>
          {needsTotp && (
            <label>
              {t("signin.totp")}
              <input inputMode="numeric" autocomplete="one-time-code" required value={totp} onInput={(event) => setTotp(event.currentTarget.value)} />
            </label>
          )}
          {error && <ErrorBox error={error} />}
          <button type="submit" class="button primary" disabled={isBusy}>
            {isBusy ? t("busy") : t("signin.send")}
          </button>
        </form>
      )}
    </div>
  );
}
