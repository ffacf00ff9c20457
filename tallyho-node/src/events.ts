/** What a server may say: the tracker's events with what only a server knows of them. */
import type { Custom, Decimal, Events, Item, Person, Purchase } from "./types.js";

/** What goes around every event. */
export interface Envelope {
  /** The event's own id; one is made if it is missing. A repeated id counts once. */
  id?: string;
  /** When it happened; now if it is missing. */
  occurred_at?: Date | string;
  /** The visitor's id, as `tallyho.attach(form)` hands it to the shop's server, or as `getVisitorId()` returns it. */
  visitor_id?: string;
  visit_id?: string;
  user_id?: string;
  email?: string;
  cart_id?: string;
  consent?: "analytics" | "marketing" | "none";
  page?: { url?: string; title?: string; referrer?: string };
  language?: string;
  /** The visitor's address, where the server speaks for a browser. */
  ip?: string;
  /** The visitor's browser, where the server speaks for one. */
  user_agent?: string;
  origin?: "app" | "server" | "platform";
  properties?: Record<string, unknown>;
}

/** An order that changes after it was told. */
export interface OrderUpdate extends Omit<Purchase, "value"> {
  value?: Decimal;
  /** The shop's version of the order, or when it was changed: the latest holds. */
  version?: number;
  updated_at?: string;
  /** These items are only some of the order's lines. */
  lines?: "partial";
}

/** A change of an order's status. */
export interface OrderStatus {
  transaction_id: string;
  status: "pending" | "confirmed" | "cancelled" | "failed";
  at?: string;
  reason?: string;
}

/** What each event may say. */
export interface ServerEvents extends Events {
  order_update: OrderUpdate;
  order_status: OrderStatus;
  identify: Person;
}

/** A name of one's own. */
export type CustomName<N extends string> = N extends keyof ServerEvents ? never : Custom<N>;

export type { Decimal, Item, Person, Purchase };
