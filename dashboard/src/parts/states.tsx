// What stands where figures will stand: waiting, nothing yet, something wrong. Each says what to do.

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { ApiError } from "../api/client";
import { t } from "../i18n";
import { Icon, type IconName } from "./icon";

/** Turns true after a second: quick answers show no word of waiting. */
function useSlow(): boolean {
  const [isSlow, set] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => set(true), 1000);
    return () => clearTimeout(timer);
  }, []);
  return isSlow;
}

export function Waiting({ lines = 4 }: { lines?: number }) {
  const isSlow = useSlow();
  return (
    <div class="waiting" aria-busy="true">
      {Array.from({ length: lines }, (_, at) => (
        <span key={at} class="bone" />
      ))}
      <p role="status" class="muted">
        {isSlow ? t("waiting") : ""}
      </p>
    </div>
  );
}

export function Empty({ icon = "info", title, children }: { icon?: IconName; title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <Icon name={icon} />
      <p class="empty-title">{title}</p>
      {children}
    </div>
  );
}

export function ErrorBox({ error, again }: { error: ApiError; again?: () => void }) {
  if (error.isMissing) {
    return (
      <Empty title={t("missing.title")}>
        <p>{t("missing.text")}</p>
      </Empty>
    );
  }
  const isAway = error.code === "server.away";
  return (
    <div class="error" role="alert">
      <Icon name="warn" />
      <div>
        <p class="error-title">{isAway ? t("error.away") : error.message}</p>
        <p>{isAway ? t("error.away_hint") : error.hint || t("error.hint")}</p>
        {again && (
          <button type="button" class="button" onClick={again}>
            {t("again")}
          </button>
        )}
      </div>
    </div>
  );
}
