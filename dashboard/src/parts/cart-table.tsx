// Carts as a list, wherever carts are listed.

import { useRef } from "preact/hooks";
import type { Cart } from "../api/types";
import { t, maybe } from "../i18n";
import * as format from "../i18n/format";
import { href, segment } from "../state/url";
import { Figure } from "./figure";
import { walkCells } from "./table";
import { TableBox } from "./tablebox";

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

export function CartTable({ carts, call, isShort }: { carts: Cart[]; call: string; isShort?: boolean }) {
  const table = useRef<HTMLTableElement>(null);
  return (
    <TableBox>
      <table ref={table} class="table" onKeyDown={(event) => walkCells(event, table.current)}>
        <caption class="hidden">{t("nav.carts")}</caption>
        <thead>
          <tr>
            <th scope="col">{t("cart.contents")}</th>
            <th scope="col" class="number">{t("cart.value")}</th>
            {!isShort && <th scope="col">{t("cart.state")}</th>}
            <th scope="col">{t("cart.changed")}</th>
            <th scope="col">{t("cart.step")}</th>
            {!isShort && <th scope="col">{t("order.channel")}</th>}
            <th scope="col">{t("cart.contact")}</th>
          </tr>
        </thead>
        <tbody>
          {carts.map((cart, at) => (
            <tr key={cart.cart}>
              <th scope="row" class="wide-text">
                <a href={href(`/carts/${segment(cart.cart)}`)}>{contents(cart)}</a>
              </th>
              <td>
                <Figure value={cart.value} unit={cart.currency} call={call} at={`carts.${at}.value`} />
              </td>
              {!isShort && (
                <td class="text">
                  <CartState state={cart.state} />
                </td>
              )}
              <td class="text nowrap">
                <time dateTime={cart.changed_at} title={format.instant(cart.changed_at)}>
                  {isShort ? format.ago(cart.changed_at) : format.instant(cart.changed_at, "short")}
                </time>
              </td>
              <td class="text">{cart.checkout_step ? maybe(`value.checkout_step.${cart.checkout_step}`, cart.checkout_step) : format.NOTHING}</td>
              {!isShort && <td class="text">{cart.channel ?? t("unknown")}</td>}
              <td class="text">{cart.has_contact ? t("yes") : t("no")}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}
