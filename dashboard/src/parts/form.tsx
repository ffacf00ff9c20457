// Forms that change something: they say when they are at it, what went wrong, and that it is done.

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { forget } from "../api/answers";
import { ApiError, call } from "../api/client";
import { t } from "../i18n";
import { announce } from "./announce";
import { ErrorBox } from "./states";

/** A change that can be asked for, and how it stands. */
export interface Change {
  isBusy: boolean;
  error: ApiError | null;
  /** Runs a change; returns its answer, undefined where it failed. */
  send: <T>(method: string, path: string, body?: unknown) => Promise<T | undefined>;
}

export function useChange(): Change {
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const send = async <T,>(method: string, path: string, body?: unknown): Promise<T | undefined> => {
    setBusy(true);
    setError(null);
    try {
      const answer = await call<T>(path, { method, body });
      forget();
      return answer ?? (null as T);
    } catch (failed) {
      setError(failed instanceof ApiError ? failed : new ApiError(0, "internal", String(failed)));
      return undefined;
    } finally {
      setBusy(false);
    }
  };
  return { isBusy, error, send };
}

export interface FormProps {
  change: Change;
  /** What the button says. */
  action: string;
  onSubmit: () => Promise<void> | void;
  class?: string;
  children: ComponentChildren;
}

export function Form({ change, action, onSubmit, class: kind = "", children }: FormProps) {
  return (
    <form class={`form ${kind}`} aria-busy={change.isBusy || undefined} onSubmit={(event) => (event.preventDefault(), void onSubmit())}>
      {children}
      {change.error && <ErrorBox error={change.error} />}
      <div class="row">
        <button type="submit" class="button primary" disabled={change.isBusy}>
          {change.isBusy ? t("busy") : action}
        </button>
      </div>
    </form>
  );
}

/** Says that a change was made. */
export const saved = () => announce(t("saved"));

/** A button that asks once more before it takes something away. */
export function Remove({ label, onConfirm }: { label: string; onConfirm: () => void }) {
  const [isAsking, set] = useState(false);
  if (!isAsking) {
    return (
      <button type="button" class="button quiet danger" aria-label={label} onClick={() => set(true)}>
        {t("delete")}
      </button>
    );
  }
  return (
    <span class="row" role="group" aria-label={label}>
      <button type="button" class="button danger" onClick={onConfirm}>
        {t("delete_really")}
      </button>
      <button type="button" class="button quiet" onClick={() => set(false)}>
        {t("cancel")}
      </button>
    </span>
  );
}
