/** Emarsys' `ScarabQueue`: what a page collects is told when it says `go`. */
import "../script";
import { identify, init, track } from "../core";
import { decimal, endpoint, hear, home, millionths, safely, type Payload } from "./common";

const w = window as unknown as { ScarabQueue?: unknown[] };
let said: Record<string, any> = {};

/** Emarsys' price is that of the whole line. */
function item({ item, price, quantity }: Payload): Payload {
  const pieces = Number(quantity ?? 1) || 1;
  const line = millionths(price);
  return { item_id: String(item), quantity: pieces, ...(line == null ? {} : { price: decimal(Math.round(line / pieces)) }) };
}

function go(): void {
  const { view, category, searchTerm, cart, purchase, setEmail, setCustomerId, testMode } = said;
  said = {};
  if (testMode) return;
  if (setEmail || setCustomerId) identify({ user_id: setCustomerId && String(setCustomerId), email: setEmail });
  if (view) track("view_item", { items: [{ item_id: String(view) }] });
  if (category) track("view_item_list", { item_list_name: category });
  if (searchTerm) track("search", { search_term: searchTerm });
  if (cart) track("cart_update", { items: (cart as Payload[]).map(item) });
  if (purchase) {
    const items = purchase.items as Payload[];
    const value = decimal(items.reduce((all, line) => all + (millionths(line.price) || 0), 0));
    track("purchase", { transaction_id: String(purchase.orderId), value, items: items.map(item) });
  }
}

safely(() => {
  const merchant = /\/js\/([^/]+)\//.exec(home?.pathname || "")?.[1];
  if (merchant) init({ site: "emarsys:" + merchant, endpoint });
  hear((w.ScarabQueue ||= []), (entry) => {
    const [command, argument] = entry as [string, unknown];
    if (command == "go") go();
    else said[command] = argument ?? true;
  });
});
