// Who looks, and at which shop. A server without sign-in that answers openly, such as a demo, is a session of its own.

import { computed, signal } from "@preact/signals";
import { ApiError, call, csrf, signedOut } from "../api/client";
import { forget } from "../api/answers";
import type { Session, Site } from "../api/types";
import { query } from "./url";

export type Stage = "starting" | "setup" | "sign-in" | "open" | "unreachable";

export const stage = signal<Stage>("starting");
export const session = signal<Session | null>(null);
/** Says whether this build of the server knows users. */
export const hasUsers = signal(true);

/** The shop in the address, else the first. */
export const site = computed<Site | null>(() => {
  const sites = session.value?.sites ?? [];
  return sites.find((s) => String(s.id) === query.value.get("site")) ?? sites[0] ?? null;
});

/** The start of every path of the shop's API. */
export const base = computed(() => `/api/v1/sites/${site.value?.id ?? 0}`);

/** What the visitor may do at this shop; a server without users leaves it to its tokens. */
const role = computed(() => (session.value?.demo ? "viewer" : (site.value?.role ?? "admin")));

/** Says whether the visitor may change settings, tokens and people here. */
export const mayChange = computed(() => role.value === "owner" || role.value === "admin");
/** Says whether the visitor may write notes, goals and shared views here. */
export const mayEdit = computed(() => mayChange.value || role.value === "editor");
/** Says whether the visitor came by a shared link, which reaches reports and nothing else. */
export const isShare = computed(() => session.value?.share !== undefined);

/** Begins with a session that the server has answered. */
export function opened(found: Session): void {
  csrf.value = found.csrf ?? "";
  session.value = found;
  signedOut.value = false;
  stage.value = "open";
}

/** Finds out who looks; the dashboard opens once `ready`, so that nothing moves when it comes. */
export async function start(ready?: Promise<unknown>): Promise<void> {
  try {
    const found = await call<Session>("/api/v1/session");
    await ready;
    opened(found);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 401) stage.value = (await needsSetup()) ? "setup" : "sign-in";
    else if (error.isMissing) await startWithoutUsers();
    else stage.value = "unreachable";
  }
}

async function needsSetup(): Promise<boolean> {
  try {
    return (await call<{ needed: boolean }>("/api/v1/setup")).needed;
  } catch {
    return false;
  }
}

async function startWithoutUsers(): Promise<void> {
  hasUsers.value = false;
  const asked = query.value.get("site") ?? "1";
  const sites = await call<{ sites: Site[] }>("/api/v1/sites").then(
    (found) => found.sites,
    // Who may not list the sites may change none of them.
    () => call<Site>(`/api/v1/sites/${encodeURIComponent(asked)}`).then((found) => [{ ...found, role: "viewer" }]),
  ).catch(() => []);
  signedOut.value = false;
  if (sites.length === 0) stage.value = "sign-in";
  else opened({ user: null, csrf: "", sites });
}

export async function signIn(email: string, password: string, totp: string): Promise<void> {
  const body = totp ? { email, password, totp } : { email, password };
  const found = await call<Session>("/api/v1/session", { method: "POST", body });
  forget();
  opened(found);
}

export async function signOut(): Promise<void> {
  await call("/api/v1/session", { method: "DELETE" });
  forget();
  csrf.value = "";
  session.value = null;
  stage.value = "sign-in";
}
