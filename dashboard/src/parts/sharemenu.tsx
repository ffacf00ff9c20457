// Passing on what is seen: the address of this view, views kept under a name, and links for people without an account.

import { useState } from "preact/hooks";
import { useAnswer } from "../api/answers";
import { t } from "../i18n";
import { base, hasUsers, mayChange, session } from "../state/session";
import { TALLY_VIEW } from "../state/tally";
import { go, href, query } from "../state/url";
import { useChange } from "./form";
import { Icon } from "./icon";
import { copy } from "./panel";
import { Popover } from "./popover";

export function ShareMenu() {
  const hasAccount = hasUsers.value && session.value?.user != null && !session.value.demo;
  return (
    <Popover icon="share" class="quiet" label={t("share.menu")}>
      {(close) => (
        <>
          <ul class="menu">
            <li>
              <button type="button" onClick={() => void copy(location.href).then(close)}>
                {t("panel.copy_link")}
              </button>
            </li>
            {hasAccount && mayChange.value && (
              <li>
                <a href={href("/settings/shares", { filter: query.value.get("filter") })} onClick={close}>
                  {t("share.make")}
                </a>
              </li>
            )}
          </ul>
          {hasAccount && <Views close={close} />}
        </>
      )}
    </Popover>
  );
}

interface View {
  name: string;
  state: string;
  shared: boolean;
}

/** Says whether a kept state is an address of ours; whoever may write views must not lead others elsewhere. */
const isOurs = (state: string) => /^\/(?![/\\])/.test(state);

function Views({ close }: { close: () => void }) {
  const path = `${base.value}/views`;
  const answer = useAnswer<{ views?: View[] }>(path);
  const [name, setName] = useState("");
  const change = useChange();
  const views = (answer.data?.views ?? []).filter((view) => isOurs(view.state) && view.name !== TALLY_VIEW);
  const save = async () => {
    const body = { state: location.pathname + location.search, shared: false };
    if ((await change.send("PUT", `${path}/${encodeURIComponent(name.trim())}`, body)) === undefined) return;
    setName("");
    answer.again();
  };
  if (answer.error) return null;
  return (
    <section class="choices">
      <h3>{t("views.title")}</h3>
      <ul class="menu">
        {views.map((view) => (
          <li key={`${view.name}${view.shared}`} class="row">
            <button type="button" onClick={() => (close(), go(view.state))}>
              {view.name}
            </button>
            {!view.shared && (
              <button type="button" class="quiet" aria-label={t("views.remove", { name: view.name })} onClick={() => void change.send("DELETE", `${path}/${encodeURIComponent(view.name)}`).then(answer.again)}>
                <Icon name="close" />
              </button>
            )}
          </li>
        ))}
      </ul>
      <form class="row" onSubmit={(event) => (event.preventDefault(), void save())}>
        <input aria-label={t("views.name")} placeholder={t("views.name")} required maxLength={100} value={name} onInput={(event) => setName(event.currentTarget.value)} />
        <button type="submit" class="button" disabled={change.isBusy}>
          {t("views.keep")}
        </button>
      </form>
      {change.error && <p class="menu-note">{change.error.message}</p>}
    </section>
  );
}
