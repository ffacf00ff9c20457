// Answers of GET requests, kept for a while and shared: two panels that ask the same ask once.

import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError, call } from "./client";

/** What a panel knows of its request. */
export interface Answer<T> {
  /** The newest answer there is; while another one is on its way, that of the request before. */
  data: T | null;
  /** The request that `data` answers. */
  call: string;
  error: ApiError | null;
  loading: boolean;
  again: () => void;
}

const FRESH_MS = 60_000;
const ENTRIES_MAX = 200;
const AT_ONCE_MAX = 6;

interface Entry {
  at: number;
  answer: Promise<unknown>;
}

const entries = new Map<string, Entry>();
let free = AT_ONCE_MAX;
const waiting: (() => void)[] = [];

/** Holds requests back while too many run, so that a screen of many panels leaves the server room. */
async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve));
  else free--;
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next) next();
    else free++;
  }
}

/** Returns the answer to `path`, from memory if it is fresh. */
export function ask<T>(path: string, isForced = false): Promise<T> {
  const known = entries.get(path);
  if (known && !isForced && Date.now() - known.at < FRESH_MS) return known.answer as Promise<T>;
  const answer = inTurn(() => call<T>(path));
  answer.catch(() => entries.delete(path));
  entries.delete(path);
  entries.set(path, { at: Date.now(), answer });
  const oldest = entries.keys().next();
  if (entries.size > ENTRIES_MAX && !oldest.done) entries.delete(oldest.value);
  return answer;
}

/** Forgets what was answered, after something was changed. */
export function forget(prefix = ""): void {
  for (const path of [...entries.keys()]) if (path.startsWith(prefix)) entries.delete(path);
}

/** Waits, a few seconds at most, until what was accepted so far is in the answers. */
export const applied = (): Promise<unknown> => call("/api/v1/status?wait=1").catch(() => undefined);

/** Asks `path` (nothing while null) and again every `every_ms`, and tells how it stands. */
export function useAnswer<T>(path: string | null, every_ms = 0): Answer<T> {
  const [state, set] = useState<{ data: T | null; call: string; error: ApiError | null; loading: boolean }>({
    data: null,
    call: "",
    error: null,
    loading: path !== null,
  });
  const [round, setRound] = useState(0);
  const forced = useRef(0);
  const asked = useRef<string | null>(null);
  // Asked while it is drawn, which is from the outside in: what a screen is about goes before its smaller panels.
  if (asked.current !== path) {
    asked.current = path;
    if (path !== null) ask<T>(path).catch(() => undefined);
  }

  useEffect(() => {
    if (path === null) return;
    let isCurrent = true;
    set((before) => ({ ...before, loading: true }));
    const isForced = forced.current !== round;
    forced.current = round;
    ask<T>(path, isForced).then(
      (data) => isCurrent && set({ data, call: path, error: null, loading: false }),
      (error: unknown) => {
        const shown = error instanceof ApiError ? error : new ApiError(0, "internal", String(error));
        // An older answer under a newer question would mislead once that question has failed.
        if (isCurrent) set({ data: null, call: path, error: shown, loading: false });
      },
    );
    return () => {
      isCurrent = false;
    };
  }, [path, round]);

  useEffect(() => {
    if (!every_ms || path === null) return;
    const timer = setInterval(() => !document.hidden && setRound((n) => n + 1), every_ms);
    return () => clearInterval(timer);
  }, [path, every_ms]);

  return { ...state, again: () => setRound((n) => n + 1) };
}
