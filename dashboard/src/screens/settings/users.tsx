// People who may look at this shop, and invitations that are not accepted yet.

import { useState } from "preact/hooks";
import { useAnswer } from "../../api/answers";
import { t, maybe } from "../../i18n";
import * as format from "../../i18n/format";
import { Form, useChange } from "../../parts/form";
import { Listing } from "../../parts/listing";
import { copy, Panel } from "../../parts/panel";
import { ErrorBox, Waiting } from "../../parts/states";
import { base, mayChange } from "../../state/session";

interface Member {
  email: string;
  name?: string;
  role: string;
}

interface Invitation {
  id: string;
  email: string;
  role: string;
  expires_at: string;
  expired: boolean;
}

const ROLES = ["viewer", "editor", "admin"];

export function Users() {
  const path = `${base.value}/members`;
  const answer = useAnswer<{ members: Member[] }>(path);
  const invitations = useAnswer<{ invitations: Invitation[] }>(mayChange.value ? `${base.value}/invitations` : null);
  const [email, setEmail] = useState("");
  const [role, setRole] = useState("viewer");
  const [link, setLink] = useState("");
  const change = useChange();
  const removal = useChange();
  const invite = async () => {
    const made = await change.send<{ link: string }>("POST", `${base.value}/invitations`, { email, role });
    if (!made) return;
    setLink(made.link);
    setEmail("");
    invitations.again();
  };
  return (
    <Panel title={t("settings.users")} note={t("users.note")}>
      {answer.error ? (
        <ErrorBox error={answer.error} again={answer.again} />
      ) : !answer.data ? (
        <Waiting />
      ) : (
        <Listing
          caption={t("settings.users")}
          columns={[t("users.name"), t("users.email"), t("users.role")]}
          rows={answer.data.members ?? []}
          key_of={(member) => member.email}
          cells={(member) => [member.name || member.email, member.email, maybe(`users.role.${member.role}`, member.role)]}
          empty={t("users.none")}
          onRemove={mayChange.value ? (member) => void removal.send("DELETE", `${path}/${encodeURIComponent(member.email)}`).then(answer.again) : undefined}
        />
      )}
      {!!invitations.data?.invitations?.length && (
        <>
          <h3>{t("users.invited")}</h3>
          <Listing
            caption={t("users.invited")}
            columns={[t("users.email"), t("users.role"), t("users.until")]}
            rows={invitations.data.invitations}
            key_of={(one) => one.id}
            cells={(one) => [one.email, maybe(`users.role.${one.role}`, one.role), one.expired ? t("users.expired") : format.instant(one.expires_at, "short")]}
            empty={t("users.none")}
            onRemove={(one) => void removal.send("DELETE", `${base.value}/invitations/${one.id}`).then(invitations.again)}
          />
        </>
      )}
      {removal.error && <ErrorBox error={removal.error} />}
      {link && (
        <div class="badge good" role="status">
          <div>
            <p>{t("users.link")}</p>
            <pre tabIndex={0}>{link}</pre>
            <button type="button" class="button" onClick={() => void copy(link)}>
              {t("snippet.copy")}
            </button>
          </div>
        </div>
      )}
      {mayChange.value && !answer.error && (
        <>
          <h3>{t("users.invite")}</h3>
          <Form change={change} action={t("users.invite")} onSubmit={invite}>
            <label>
              {t("users.email")}
              <input type="email" required autocomplete="off" value={email} onInput={(event) => setEmail(event.currentTarget.value)} />
            </label>
            <label>
              {t("users.role")}
              <select value={role} onChange={(event) => setRole(event.currentTarget.value)}>
                {ROLES.map((one) => (
                  <option key={one} value={one}>
                    {maybe(`users.role.${one}`, one)}
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
