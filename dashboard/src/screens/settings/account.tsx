// One's own account: who is signed in, and the way out.

import { t } from "../../i18n";
import { Facts } from "../../parts/facts";
import { Panel } from "../../parts/panel";
import { Empty } from "../../parts/states";
import { session, signOut } from "../../state/session";

export function Account() {
  const user = session.value?.user;
  return (
    <Panel title={t("settings.account")}>
      {user ? (
        <>
          <Facts
            facts={[
              [t("users.name"), user.name],
              [t("users.email"), user.email],
            ]}
          />
          <button type="button" class="button" onClick={() => void signOut()}>
            {t("user.sign_out")}
          </button>
        </>
      ) : (
        <Empty title={t("account.nobody")} />
      )}
    </Panel>
  );
}
