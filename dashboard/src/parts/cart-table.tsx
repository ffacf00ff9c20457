// Carts as a list, wherever carts are listed.

import type { Cart } from "../api/types";
import { t, maybe } from "../i18n";
import * as format from "../i18n/format";
import { href, segment } from "../state/url";
import { Figure } from "./figure";
import { ListTable, shownColumns, type ListColumn } from "./list-table";

/** Returns what lies in a cart in one line. */
export function contents(cart: Cart): string {
  const names = cart.items.map((item) => {
    const name = item.product ?? item.sku ?? t("unknown");
    return item.quantity === "1" ? name : `${format.figure(item.quantity, "quantity")} × ${name}`;
  });
  return names.length ? names.join(", ") : t("cart.empty");
}

export function CartState({ state }: { state: string }) {
  return <span class={`tag ${state}`}>{maybe(`cart.state.${state}`, state)}</span>;
}

/** The columns of a list that answers `call`. */
export function cartColumns(call: string, isShort = false): ListColumn<Cart>[] {
  return [
    { name: "contents", label: "cart.contents", class: "wide-text", cell: (cart) => <a href={href(`/carts/${segment(cart.cart)}`)}>{contents(cart)}</a> },
    { name: "value", label: "cart.value", isFigure: true, cell: (cart, at) => <Figure value={cart.value} unit={cart.currency} call={call} at={`carts.${at}.value`} /> },
    { name: "units", label: "cart.units", isFigure: true, isExtra: true, cell: (cart, at) => <Figure value={cart.units} unit="quantity" call={call} at={`carts.${at}.units`} /> },
    { name: "state", label: "cart.state", isLong: true, cell: (cart) => <CartState state={cart.state} /> },
    {
      name: "changed_at",
      label: "cart.changed",
      class: "nowrap",
      cell: (cart) => (
        <time dateTime={cart.changed_at} title={format.instant(cart.changed_at)}>
          {isShort ? format.ago(cart.changed_at) : format.instant(cart.changed_at, "short")}
        </time>
      ),
    },
    { name: "created_at", label: "cart.created", class: "nowrap", isExtra: true, cell: (cart) => format.instant(cart.created_at, "short") },
    { name: "checkout_step", label: "cart.step", cell: (cart) => (cart.checkout_step ? maybe(`value.checkout_step.${cart.checkout_step}`, cart.checkout_step) : format.NOTHING) },
    { name: "channel", label: "order.channel", isLong: true, cell: (cart) => cart.channel ?? t("unknown") },
    { name: "campaign", label: "order.campaign", isExtra: true, cell: (cart) => cart.campaign ?? t("unknown") },
    { name: "coupon", label: "order.coupon", isExtra: true, cell: (cart) => cart.coupon ?? format.NOTHING },
    { name: "has_contact", label: "cart.contact", cell: (cart) => t(cart.has_contact ? "yes" : "no") },
  ];
}

export function CartTable({ carts, call, isShort }: { carts: Cart[]; call: string; isShort?: boolean }) {
  return <ListTable caption={t("nav.carts")} columns={shownColumns("carts", cartColumns(call, isShort), isShort)} rows={carts} key_of={(cart) => cart.cart} />;
}
