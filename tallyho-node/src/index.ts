/**
 * Tells a Tallyho server what a shop's server knows. Events wait in memory, leave in batches, and are sent again with the
 * same ids until the server has said that they are safe: so each counts once, whatever happens in between.
 */
import { randomUUID } from "node:crypto";
import type { CustomName, Envelope, ServerEvents } from "./events.js";
import { askedMs, waitMs } from "./wait.js";

export type * from "./events.js";

/** How the client behaves. */
export interface Options {
  /** The Tallyho server, `https://stats.shop.example`. */
  host: string;
  /** A token of scope ingest or import: it names the site. */
  token: string;
  /** Events of one request at most: 1 to 500, the server's limit and the default. */
  batchMax?: number;
  /** How long an event waits for others, in milliseconds: 500. */
  lingerMs?: number;
  /** Events that wait at most: 10 000. What is over is handed to `onError`. */
  queueMax?: number;
  /** How long one request may take, in milliseconds: 10 000. */
  timeoutMs?: number;
  /** How long the end of the process is put off for what still waits, in milliseconds: 5000; 0 leaves the end alone. */
  exitMs?: number;
  /** Hears of events that the server did not understand (it keeps them, with this reason) and of events that are lost. */
  onError?: (error: TallyhoError) => void;
}

/** Why events did not count. */
export class TallyhoError extends Error {
  /** Stable: the server's reason (`price.not_a_number`, `token.unknown`), `queue.full`, `unsent` or `closed`. */
  readonly code: string;
  /** What to do about it; undefined if nobody knows. */
  readonly hint: string | undefined;
  /** The events, as they were to be sent. */
  readonly events: readonly Sent[];

  constructor(code: string, message: string, hint: string | undefined, events: readonly Sent[]) {
    super(`${code}: ${message}`);
    this.name = "TallyhoError";
    this.code = code;
    this.hint = hint;
    this.events = events;
  }
}

/** An event as it is sent. */
export type Sent = { id: string; name: string; occurred_at: string } & Record<string, unknown>;

type Answer = { accepted?: number; quarantined?: { i: number; reason: string; hint?: string }[]; error?: { code?: string; message?: string; hint?: string } };

/** Bytes of a request at most; the server takes a MiB. */
const BATCH_BYTES_MAX = 768 * 1024;
const SIGNALS = ["SIGTERM", "SIGINT"] as const;

/** A connection to one site of one server. */
export class Tallyho {
  readonly #url: string;
  readonly #options: Required<Options>;
  #queue: Sent[] = [];
  #failures = 0;
  #isClosed = false;
  /** The sending that is under way; there is one at most, so that events arrive in their order. */
  #sending: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Ends a wait at once. */
  #wake: (() => void) | undefined;
  /** How many callers wait for the queue to empty: only for them a wait keeps the process alive. */
  #waiting = 0;

  constructor(options: Options) {
    if (!options.host || !options.token) throw new TypeError("tallyho: host and token are needed");
    this.#url = new URL("/v1/events", options.host).href;
    const onError = (error: TallyhoError) => console.error(`tallyho: ${error.message}${error.hint ? ` (${error.hint})` : ""}`);
    this.#options = { batchMax: 500, lingerMs: 500, queueMax: 10_000, timeoutMs: 10_000, exitMs: 5000, onError, ...options };
    if (this.#options.exitMs > 0) {
      process.on("beforeExit", this.#onEnd);
      for (const signal of SIGNALS) process.on(signal, this.#onSignal);
    }
  }

  /** How many events are not yet safe. */
  get pending(): number {
    return this.#queue.length;
  }

  /** Tells an event of docs/events.md, or one with a name of your own. Returns its id; never throws for the network. */
  track<N extends keyof ServerEvents>(event: N, payload: ServerEvents[N] & Envelope): string;
  track<N extends string>(event: CustomName<N>, payload?: Envelope & Record<string, unknown>): string;
  track(name: string, payload: object = {}): string {
    const said = payload as Envelope;
    const occurred_at = new Date(said.occurred_at ?? Date.now()).toISOString();
    const event: Sent = { ...(payload as Record<string, unknown>), id: said.id ?? randomUUID(), name, occurred_at };
    if (this.#isClosed) this.#report(new TallyhoError("closed", "told after close", undefined, [event]));
    else if (this.#queue.length >= this.#options.queueMax) {
      this.#report(new TallyhoError("queue.full", `${this.#queue.length} events wait already`, "is the server reachable?", [event]));
    } else {
      this.#queue.push(event);
      this.#schedule();
    }
    return event.id;
  }

  /** Sends what waits. Resolves with true once all of it is safe or refused, with false if that takes longer than `ms`. */
  async flush(ms = 30_000): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<false>((resolve) => (timer = setTimeout(() => resolve(false), ms)));
    this.#waiting++;
    this.#wake?.();
    try {
      return await Promise.race([late, this.#empty()]);
    } finally {
      clearTimeout(timer);
      this.#waiting--;
    }
  }

  /** Sends what waits and ends. Resolves like `flush`. */
  async close(ms = 30_000): Promise<boolean> {
    const isEmpty = await this.flush(ms);
    if (!isEmpty) this.#report(new TallyhoError("unsent", `${this.#queue.length} events did not get through`, undefined, this.#queue.slice()));
    this.#isClosed = true;
    clearTimeout(this.#timer);
    process.off("beforeExit", this.#onEnd);
    for (const signal of SIGNALS) process.off(signal, this.#onSignal);
    return isEmpty;
  }

  async #empty(): Promise<true> {
    while (this.#queue.length) await (this.#sending ?? this.#start());
    return true;
  }

  #schedule(): void {
    if (this.#sending || this.#timer) {
      if (this.#queue.length >= this.#options.batchMax && !this.#sending) void this.#start();
      return;
    }
    this.#timer = setTimeout(() => void this.#start(), this.#options.lingerMs);
    this.#timer.unref();
  }

  #start(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#sending ??= this.#send().finally(() => {
      this.#sending = undefined;
      if (this.#queue.length && !this.#isClosed) this.#schedule();
    });
    return this.#sending;
  }

  /** Sends the first batch; after a failure it waits, so that whoever calls next comes at the right time. */
  async #send(): Promise<void> {
    const batch = this.#batch();
    if (!batch.length) return;
    const after = await this.#post(batch);
    if (after === undefined) {
      this.#failures = 0;
      this.#queue.splice(0, batch.length);
    } else {
      this.#failures++;
      await this.#pause(waitMs(this.#failures, after), after);
    }
  }

  #batch(): Sent[] {
    let bytes = 0;
    const fits = (event: Sent, i: number) => (bytes += Buffer.byteLength(JSON.stringify(event))) < BATCH_BYTES_MAX || i == 0;
    const first = this.#queue.slice(0, this.#options.batchMax);
    const end = first.findIndex((event, i) => !fits(event, i));
    return end < 0 ? first : first.slice(0, end);
  }

  /** Returns undefined when the batch is done with, else the milliseconds that the server asks to be left alone. */
  async #post(events: Sent[]): Promise<number | undefined> {
    try {
      const response = await fetch(this.#url, {
        method: "POST",
        headers: { authorization: `Bearer ${this.#options.token}`, "content-type": "application/json" },
        body: JSON.stringify({ sent_at: new Date().toISOString(), events }),
        signal: AbortSignal.timeout(this.#options.timeoutMs),
      });
      const text = await response.text();
      if (response.ok) {
        // Only the server's own answer says that it is safe: a proxy answers 200, too.
        const answer = JSON.parse(text) as Answer;
        if (typeof answer.accepted != "number") return 0;
        for (const { i, reason, hint } of answer.quarantined ?? []) {
          this.#report(new TallyhoError(reason, "the server did not understand an event, and kept it", hint, events.slice(i, i + 1)));
        }
        return undefined;
      }
      const isTemporary = response.status >= 500 || response.status == 429 || response.status == 408;
      if (isTemporary) return askedMs(response.headers.get("retry-after"));
      this.#report(refusal(response.status, text, events));
      return undefined;
    } catch {
      return 0;
    }
  }

  /** Waits `ms`; somebody who flushes ends the wait, but not before the server may be asked again. */
  async #pause(ms: number, askedFor: number): Promise<void> {
    const from = Date.now();
    const wait = (left: number) =>
      new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        if (!this.#waiting) timer.unref();
        this.#wake = () => (clearTimeout(timer), resolve());
      });
    await wait(ms);
    this.#wake = undefined;
    const left = from + askedFor - Date.now();
    if (left > 0) await new Promise((resolve) => setTimeout(resolve, left));
  }

  #report(error: TallyhoError): void {
    try {
      this.#options.onError(error);
    } catch {
      // What the caller does with an error must not stop the sending.
    }
  }

  #onEnd = (): void => {
    if (this.#queue.length) void this.close(this.#options.exitMs);
  };

  /** Where nobody else listens to a signal, it ends the process once the events are safe. */
  #onSignal = (signal: NodeJS.Signals): void => {
    const others = process.listeners(signal).some((listener) => listener !== this.#onSignal);
    if (!others) void this.close(this.#options.exitMs).then(() => process.kill(process.pid, signal));
  };
}

function refusal(status: number, text: string, events: Sent[]): TallyhoError {
  let error: Answer["error"];
  try {
    error = (JSON.parse(text) as Answer).error;
  } catch {}
  return new TallyhoError(error?.code ?? `status.${status}`, error?.message ?? "the server refused the request", error?.hint, events);
}
