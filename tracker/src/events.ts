/** The events of docs/events.md, so that a wrong item or a missing order id is a compile error; for servers, too (`tallyho-node/`). */

/** A decimal as text (`"49.90"`), or a number; text keeps every cent. */
export type Decimal = string | number;

/** One product of an event. */
export interface Item {
  item_id: string;
  item_name?: string;
  item_brand?: string;
  item_variant?: string;
  item_category?: string;
  item_category2?: string;
  item_category3?: string;
  item_category4?: string;
  item_category5?: string;
  /** A piece, before discount. */
  price?: Decimal;
  quantity?: Decimal;
  /** The line's discount. */
  discount?: Decimal;
  coupon?: string;
  index?: number;
  item_list_id?: string;
  item_list_name?: string;
  promotion_id?: string;
  promotion_name?: string;
  creative_name?: string;
  affiliation?: string;
  properties?: Record<string, unknown>;
}

/** What every event may say. */
export interface Common {
  /** The event's own id; one is made if it is missing. A repeated id counts once. */
  id?: string;
  cart_id?: string;
  user_id?: string;
  email?: string;
  properties?: Record<string, unknown>;
}

/** An event about products. */
export interface WithItems extends Common {
  items: Item[];
  currency?: string;
  value?: Decimal;
}

/** An event about the cart. */
export interface Cart extends WithItems {
  coupon?: string;
  checkout_step?: string;
  recovery_url?: string;
  shipping_method?: string;
  payment_method?: string;
}

/** An order as the page knows it. */
export interface Purchase extends Common {
  /** The shop's order id. */
  transaction_id: string;
  /** What was charged. */
  value: Decimal;
  items?: Item[];
  currency?: string;
  aliases?: string[];
  tax?: Decimal;
  shipping?: Decimal;
  fees?: Decimal;
  discount?: Decimal;
  coupon?: string;
  payment_method?: string;
  shipping_method?: string;
  /** Proof of the order by the shop's server (docs/signing.md). */
  signature?: string;
  test?: boolean;
}

/** Money given back. Without amount and items the whole order. */
export interface Refund extends Common {
  transaction_id: string;
  refund_id?: string;
  amount?: Decimal;
  tax?: Decimal;
  shipping?: Decimal;
  items?: Item[];
}

/** What each event may say. */
export interface Events {
  page_view: Common & { page?: { url?: string; title?: string; referrer?: string } };
  view_item_list: WithItems & { item_list_id?: string; item_list_name?: string };
  select_item: WithItems & { item_list_id?: string; item_list_name?: string };
  view_item: WithItems;
  view_promotion: Common & { items?: Item[]; promotion_id?: string; promotion_name?: string };
  select_promotion: Common & { items?: Item[]; promotion_id?: string; promotion_name?: string };
  add_to_cart: Cart;
  remove_from_cart: Cart;
  view_cart: Cart;
  cart_update: Cart;
  begin_checkout: Cart;
  add_shipping_info: Cart;
  add_payment_info: Cart;
  purchase: Purchase;
  refund: Refund;
  search: Common & { search_term: string; results?: number; search_category?: string };
  goal: Common & { goal: string | number; value?: Decimal };
  login: Common;
  sign_up: Common;
}

/** A name of one's own: any but those above. */
export type Custom<N extends string> = N extends keyof Events | Command ? never : N;

/** Words that are commands and no events. */
export type Command = "init" | "identify" | "reset" | "consent" | "config" | "observe";

/** Who somebody is. */
export interface Person {
  user_id?: string;
  email?: string;
  traits?: Record<string, unknown>;
}
