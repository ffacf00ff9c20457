// Passing on what is seen: the address of this view, and links for people without an account.

import { useState } from "preact/hooks";
import { call, ApiError } from "../api/client";
import { t } from "../i18n";
import { base, hasUsers, mayChange } from "../state/session";
import { copy } from "./panel";
import { Popover } from "./popover";

export function ShareMenu() {
  return (
    <Popover icon="share" class="quiet" label={t("share.menu")}>
      {(close) => (
        <ul class="menu">
          <li>
            <button type="button" onClick={() => void copy(location.href).then(close)}>
              {t("panel.copy_link")}
            </button>
          </li>
          {hasUsers.value && mayChange.value && (
            <li>
              <MakeShare />
            </li>
          )}
        </ul>
      )}
    </Popover>
  );
}

function MakeShare() {
  const [link, setLink] = useState("");
  const [problem, setProblem] = useState("");
  const make = async () => {
    try {
      const made = await call<{ secret?: string; url?: string }>(`${base.value}/shares`, { method: "POST", body: { name: document.title } });
      const address = made.url ?? `${location.origin}/#/share/${made.secret ?? ""}`;
      setLink(address);
      await copy(address);
    } catch (error) {
      setProblem(error instanceof ApiError && error.isMissing ? t("missing.text") : String((error as Error).message));
    }
  };
  if (link) return <input class="share-link" readOnly value={link} aria-label={t("share.link")} onFocus={(event) => event.currentTarget.select()} />;
  return (
    <>
      <button type="button" onClick={() => void make()}>
        {t("share.make")}
      </button>
      {problem && <p class="menu-note">{problem}</p>}
    </>
  );
}
