// One way to the API: every request, every error and the retry after "the store is away" go through here.

import { signal } from "@preact/signals";

/** The token that unsafe methods need; empty without a session. */
export const csrf = signal("");
/** Set when the server says that nobody is signed in any more. */
export const signedOut = signal(false);
/** When the oldest request that still runs began, 0 without one; the shell shows progress after a second. */
export const busySince = signal(0);

/** An error as the server states it, or our own words where it could not be reached. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly hint = "",
  ) {
    super(message);
  }

  /** Says whether this build of the server does not have what was asked for. */
  get isMissing(): boolean {
    return this.status === 404 && (this.code === "path.unknown" || this.code === "");
  }
}

const running = new Set<number>();
let last = 0;

function begin(): number {
  // Starts are told apart even where the clock does not.
  last = Math.max(last + 0.001, performance.now());
  running.add(last);
  busySince.value = Math.min(...running);
  return last;
}

function end(start: number): void {
  running.delete(start);
  busySince.value = running.size ? Math.min(...running) : 0;
}

export interface Options {
  method?: string;
  body?: unknown;
  /** Sent as it is, such as an uploaded list. */
  text?: string;
  signal?: AbortSignal;
}

const STORE_AWAY_TRIES = 4;

/** Returns the JSON that the server answers. Throws an ApiError. */
export async function call<T>(path: string, options: Options = {}): Promise<T> {
  const start = begin();
  try {
    for (let attempt = 1; ; attempt++) {
      const answer = await send(path, options);
      if (answer.status === 503 && attempt < STORE_AWAY_TRIES && (options.method ?? "GET") === "GET") {
        const seconds = Number(answer.headers.get("retry-after")) || 5;
        await new Promise((resolve) => setTimeout(resolve, Math.min(seconds, 10) * 1000));
        continue;
      }
      return await read<T>(path, answer);
    }
  } finally {
    end(start);
  }
}

async function send(path: string, options: Options): Promise<Response> {
  const headers: Record<string, string> = { accept: "application/json" };
  const method = options.method ?? "GET";
  if (method !== "GET" && csrf.value) headers["x-csrf-token"] = csrf.value;
  let body: string | undefined = options.text;
  if (options.body !== undefined) {
    headers["content-type"] = "application/json";
    body = JSON.stringify(options.body);
  }
  try {
    return await fetch(path, { method, headers, body, signal: options.signal, credentials: "same-origin" });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new ApiError(0, "server.away", "away", "");
  }
}

async function read<T>(path: string, answer: Response): Promise<T> {
  const text = await answer.text();
  let json: unknown;
  try {
    json = text === "" ? null : JSON.parse(text);
  } catch {
    throw new ApiError(answer.ok ? 502 : answer.status, answer.status === 404 ? "" : "answer.unreadable", text.slice(0, 200));
  }
  if (answer.ok) return json as T;
  const error = (json as { error?: { code?: string; message?: string; hint?: string } } | null)?.error;
  // Without a session of its own, a 401 only says that this one thing is not open to everyone.
  if (answer.status === 401 && csrf.value && !path.startsWith("/api/v1/session")) signedOut.value = true;
  throw new ApiError(answer.status, error?.code ?? "", error?.message ?? `${answer.status}`, error?.hint ?? "");
}
