// Which of the few whole pages is shown: the dashboard, the sign-in, the first set-up, or what a link with a secret opens.

import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { signedOut } from "./api/client";
import { ApiError } from "./api/client";
import { language, speakMore, t, type Key } from "./i18n";
import { Shell } from "./parts/shell";
import { ErrorBox, Waiting } from "./parts/states";
import { screenAt } from "./screens/list";
import { session, site, stage, start } from "./state/session";
import { hash, path } from "./state/url";

type Gate = "sign-in" | "setup" | "invite" | "share";

const GATES: Record<Gate, () => Promise<ComponentType>> = {
  "sign-in": async () => (await import("./screens/signin")).SignIn,
  setup: async () => (await import("./screens/setup")).Setup,
  invite: async () => (await import("./screens/invite")).Invite,
  share: async () => (await import("./screens/shared")).Shared,
};

/** Returns the page that a link with a secret opens. */
function gateOfHash(): Gate | null {
  const found = /^#\/(setup|invite|share)\//.exec(hash.value);
  return (found?.[1] as Gate | undefined) ?? null;
}

/** Returns the page that must come before the dashboard; null for none. */
function gateOfStage(): Gate | null {
  // Who owns an installation without a shop has stopped half-way through the first steps.
  const isHalfway = stage.value === "open" && session.value?.user?.owner && !site.value;
  if (stage.value === "setup" || isHalfway) return "setup";
  return stage.value === "sign-in" || signedOut.value ? "sign-in" : null;
}

export function App() {
  void language.value;
  const screen = screenAt(path.value);
  useEffect(() => {
    const name = screen ? t(`nav.${screen.name}` as Key) : "";
    document.title = [name, site.value?.name || site.value?.domain, "Tallyho"].filter(Boolean).join(" · ");
  });
  const gate = gateOfHash() ?? gateOfStage();
  if (gate) return <GatePage key={gate} gate={gate} />;
  if (stage.value === "open") return <Shell key={language.value} />;
  if (stage.value === "unreachable") {
    return (
      <main class="gate">
        <ErrorBox error={new ApiError(0, "server.away", "")} again={() => void start()} />
      </main>
    );
  }
  return (
    <main class="gate">
      <Waiting />
    </main>
  );
}

function GatePage({ gate }: { gate: Gate }) {
  const [Page, set] = useState<{ is: ComponentType } | null>(null);
  useEffect(() => void Promise.all([GATES[gate](), speakMore()]).then(([is]) => set({ is })), [gate]);
  return <main class="gate">{Page ? <Page.is /> : <Waiting />}</main>;
}
