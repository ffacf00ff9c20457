/**
 * The way of an event to the server: into the outbox first, out of it only when the server has said that it is safe.
 *
 * The outbox is shared by all tabs of the shop. Two tabs may send the same event; the server counts an id once.
 */
import { read, write } from "./memory";
import { hear, mustForget } from "./visitor";

/** An event as it is sent. */
export type Sent = { id: string; name: string } & Record<string, unknown>;

const EVENTS_MAX = 100;
const BYTES_MAX = 65_536;
const BATCH_BYTES_MAX = 16_384;
const AGE_MAX_MS = 7 * 864e5;
const WAIT_MAX_MS = 3e5;

let timer: ReturnType<typeof setTimeout> | undefined;
let failures = 0;
let busy = false;
/** When the server may be asked again. */
let notBefore = 0;

const isSale = (event: Sent) => event.name == "purchase" || event.name == "refund";

function load(): Sent[] {
  try {
    const oldest = Date.now() - AGE_MAX_MS;
    const events = JSON.parse(read("o") || "[]") as Sent[];
    return events.filter((event) => Date.parse(event.occurred_at as string) > oldest);
  } catch {
    return [];
  }
}

/** Keeps `events`, sales first; what is too much is dropped from the end. */
function store(events: Sent[]): void {
  const sorted = events.filter(isSale).concat(events.filter((event) => !isSale(event)));
  let text = JSON.stringify(sorted.slice(0, EVENTS_MAX));
  while (text.length > BYTES_MAX && sorted.length > 1) {
    sorted.pop();
    text = JSON.stringify(sorted.slice(0, EVENTS_MAX));
  }
  write("o", text);
}

/** Puts an event into the outbox. */
export function put(event: Sent): void {
  store(load().concat(event));
}

/** Where and for whom the outbox sends. */
export interface Line {
  endpoint: string;
  site: string | number;
  /** Whether cookies may travel along at all, since the server and the page have one owner. */
  may: RequestCredentials;
  /** Whether they do now. */
  credentials: RequestCredentials;
  /** Returns the visitor's id where the script keeps one. */
  id(): string | undefined;
  /** Called after the server has told the visitor's id. */
  heard(): void;
}

/** Sends what there is, now or as soon as the server may be asked again. With `last` the page is going away. */
export function flush(line: Line, last?: boolean): void {
  const wait = notBefore - Date.now();
  if (last || (wait <= 0 && !busy)) return void send(line, last);
  clearTimeout(timer);
  timer = setTimeout(() => flush(line), Math.max(wait, 50));
}

function send(line: Line, last?: boolean): void {
  const batch: Sent[] = [];
  let bytes = 0;
  const all = load();
  for (const event of all) {
    bytes += JSON.stringify(event).length;
    if (batch.length && bytes > BATCH_BYTES_MAX) break;
    batch.push(event);
  }
  const forget = mustForget() || undefined;
  if (!batch.length && !forget) return;
  const body = JSON.stringify({ site: line.site, sent_at: new Date().toISOString(), visitor_id: line.id(), forget, events: batch });
  const drop = (gone: (event: Sent) => boolean) =>
    store(load().filter((event) => !(gone(event) && batch.some((sent) => sent.id == event.id))));
  const done = () => {
    failures = notBefore = 0;
    drop(() => true);
    if (load().length || mustForget()) flush(line);
  };
  const failed = (after: number) => {
    const backOff = Math.min(WAIT_MAX_MS, 1000 * 2 ** failures++) * (0.5 + Math.random());
    notBefore = Date.now() + Math.max(after * 1000, backOff);
    flush(line);
  };
  busy = true;
  try {
    // text/plain asks for no preflight, and keepalive outlives the page.
    const options: RequestInit = { method: "POST", body, keepalive: true, headers: { "Content-Type": "text/plain" } };
    options.credentials = forget ? line.may : line.credentials;
    fetch(line.endpoint, options).then(
      (response) => {
        if (response.ok) {
          // Only the server's own answer says that it is safe: a portal or a proxy answers 200, too.
          response.json().then(
            (answer) => {
              busy = false;
              if (answer.accepted >= 0) {
                hear(answer, !!forget);
                line.heard();
                done();
              } else failed(0);
            },
            () => {
              busy = false;
              failed(0);
            },
          );
          return;
        }
        busy = false;
        // A page that is set up wrongly does not ask for ever; sales wait until somebody has put it right.
        if (response.status == 400) drop((event) => !isSale(event));
        failed(+(response.headers.get("Retry-After") || 0) || 0);
      },
      () => {
        busy = false;
        failed(0);
      },
    );
  } catch {
    busy = false;
    // No fetch: whether a beacon arrived is never told, so what it carried stays until it is too old.
    if (last && navigator.sendBeacon) navigator.sendBeacon(line.endpoint, body);
  }
}
