// Clients of others: which of them this shop understands, and the secrets with which theirs are signed. Secrets go in and
// never come out again.

import { useState } from "preact/hooks";
import { useAnswer } from "../../api/answers";
import { t } from "../../i18n";
import { Form, saved, useChange } from "../../parts/form";
import { Listing } from "../../parts/listing";
import { Panel } from "../../parts/panel";
import { ErrorBox, Waiting } from "../../parts/states";
import { base, mayChange } from "../../state/session";

const SIGNED = ["shopify", "woocommerce", "stripe", "segment", "ga4", "mixpanel", "countly"];

export function Dialects() {
  const path = `${base.value}/secrets`;
  const answer = useAnswer<{ secrets: { dialect: string; secrets: number }[] }>(path);
  const [dialect, setDialect] = useState(SIGNED[0]!);
  const [secret, setSecret] = useState("");
  const change = useChange();
  const removal = useChange();
  const add = async () => {
    if ((await change.send("POST", path, { dialect, secret })) === undefined) return;
    saved();
    setSecret("");
    answer.again();
  };
  return (
    <>
      <Panel title={t("settings.dialects")} note={t("dialects.note")}>
        {answer.error ? (
          <ErrorBox error={answer.error} again={answer.again} />
        ) : !answer.data ? (
          <Waiting />
        ) : (
          <Listing
            caption={t("dialects.secrets")}
            columns={[t("dialects.client"), t("dialects.count")]}
            rows={answer.data.secrets}
            key_of={(one) => one.dialect}
            cells={(one) => [one.dialect, String(one.secrets)]}
            empty={t("dialects.none")}
            onRemove={mayChange.value ? (one) => void removal.send("DELETE", `${path}/${one.dialect}`).then(answer.again) : undefined}
          />
        )}
        {removal.error && <ErrorBox error={removal.error} />}
        {mayChange.value && (
          <>
            <h3>{t("dialects.new")}</h3>
            <Form change={change} action={t("dialects.add")} onSubmit={add}>
              <label>
                {t("dialects.client")}
                <select value={dialect} onChange={(event) => setDialect(event.currentTarget.value)}>
                  {SIGNED.map((one) => (
                    <option key={one}>{one}</option>
                  ))}
                </select>
              </label>
              <label>
                {t("dialects.secret")}
                <input type="password" required autocomplete="off" value={secret} onInput={(event) => setSecret(event.currentTarget.value)} />
              </label>
            </Form>
          </>
        )}
      </Panel>
      <Panel title={t("dialects.setting")}>
        <p class="prose">{t("dialects.setting_text")}</p>
      </Panel>
    </>
  );
}
