// The shop's settings, as the server's catalogue names them and says what each takes.

import { useEffect, useState } from "preact/hooks";
import { useAnswer } from "../../api/answers";
import { t, maybe } from "../../i18n";
import { Form, saved, useChange } from "../../parts/form";
import { Panel } from "../../parts/panel";
import { ErrorBox, Waiting } from "../../parts/states";
import { catalogue } from "../../state/catalogue";
import { base, mayChange } from "../../state/session";

type Values = Record<string, string | number | boolean | string[] | null>;

/** Settings that say what is kept of people. */
const PRIVACY = new Set(["contact", "ip_mask", "gpc", "dnt", "retention_days", "order_retention_days", "excluded_ips", "country_from_language", "backdate_browser_days"]);

const asText = (value: Values[string] | undefined) => (Array.isArray(value) ? value.join(", ") : String(value ?? ""));

/** Returns the words a setting may take, where they are few. */
function words(takes: string): string[] | null {
  if (takes === "true or false") return ["true", "false"];
  if (/\d|such as|decimal|list/.test(takes)) return null;
  return takes.split(/, | or /).map((word) => word.trim());
}

export function SiteSettings({ only }: { only: "site" | "privacy" }) {
  const answer = useAnswer<Values>(`${base.value}/settings`);
  const [typed, setTyped] = useState<Record<string, string>>({});
  const change = useChange();
  useEffect(() => setTyped({}), [answer.data]);
  if (answer.error) return <ErrorBox error={answer.error} again={answer.again} />;
  if (!answer.data) return <Waiting lines={8} />;
  const shown = catalogue.value.settings.filter((setting) => PRIVACY.has(setting.name) === (only === "privacy"));
  const save = async () => {
    const values = Object.fromEntries(Object.entries(typed).filter(([name, text]) => text !== asText(answer.data![name])));
    if (await change.send("PUT", `${base.value}/settings`, values)) {
      saved();
      answer.again();
    }
  };
  const fields = shown.map(({ name, takes }) => {
    const value = typed[name] ?? asText(answer.data![name]);
    const options = words(takes);
    const label = maybe(`setting.${name}`, name.replaceAll("_", " "));
    const set = (text: string) => setTyped((before) => ({ ...before, [name]: text }));
    return (
      <label key={name}>
        {label}
        {options ? (
          <select value={value} disabled={!mayChange.value} onChange={(event) => set(event.currentTarget.value)}>
            {options.map((word) => (
              <option key={word} value={word}>
                {maybe(`setting.word.${word}`, word.replaceAll("_", " "))}
              </option>
            ))}
          </select>
        ) : (
          <input value={value} disabled={!mayChange.value} onInput={(event) => set(event.currentTarget.value)} />
        )}
        <span class="muted">
          <code>{name}</code>: <span lang="en">{takes}</span>
        </span>
      </label>
    );
  });
  return (
    <Panel title={t(only === "site" ? "settings.site" : "settings.privacy")} note={t(only === "site" ? "settings.site_note" : "settings.privacy_note")} call={answer.call} hasFiles={false}>
      {mayChange.value ? (
        <Form class="two" change={change} action={t("save")} onSubmit={save}>
          {fields}
        </Form>
      ) : (
        <div class="form two">{fields}</div>
      )}
    </Panel>
  );
}
