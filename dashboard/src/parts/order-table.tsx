// Orders as a list, wherever orders are listed.

import { useRef } from "preact/hooks";
import type { OrderSummary } from "../api/types";
import { t, maybe } from "../i18n";
import * as format from "../i18n/format";
import { href, segment } from "../state/url";
import { Figure } from "./figure";
import { walkCells } from "./table";
import { TableBox } from "./tablebox";

export interface OrderTableProps {
  orders: OrderSummary[];
  call: string;
  /** Whether there is room for few columns only. */
  isShort?: boolean;
}

export function Status({ order }: { order: Pick<OrderSummary, "status" | "test" | "counts"> }) {
  const name = order.test ? "test" : order.status;
  return <span class={`tag ${name}`}>{maybe(`value.order_status.${name}`, name)}</span>;
}

export function Trust({ trust }: { trust: string }) {
  return <span class={`tag ${trust === "verified" ? "good" : "plain"}`}>{maybe(`value.trust.${trust}`, trust)}</span>;
}

/** Words on an order, such as that its sources differ. */
export function Marks({ marks }: { marks: string[] }) {
  if (marks.length === 0) return null;
  return (
    <span class="marks">
      {marks.map((mark) => (
        <span key={mark} class="tag warn" title={maybe(`mark.${mark}.why`, mark)}>
          {maybe(`mark.${mark}`, mark.replaceAll("_", " "))}
        </span>
      ))}
    </span>
  );
}

export function OrderTable({ orders, call, isShort }: OrderTableProps) {
  const table = useRef<HTMLTableElement>(null);
  return (
    <TableBox>
      <table ref={table} class="table" onKeyDown={(event) => walkCells(event, table.current)}>
        <caption class="hidden">{t("nav.orders")}</caption>
        <thead>
          <tr>
            <th scope="col">{t("order.number")}</th>
            <th scope="col">{t("order.placed")}</th>
            <th scope="col" class="number">{t("order.total")}</th>
            {!isShort && <th scope="col" class="number">{t("order.refunded")}</th>}
            <th scope="col">{t("order.status")}</th>
            <th scope="col">{t("order.channel")}</th>
            {!isShort && <th scope="col">{t("order.source")}</th>}
          </tr>
        </thead>
        <tbody>
          {orders.map((order, at) => (
            <tr key={order.order_id} class={order.counts ? "" : "not-counted"}>
              <th scope="row">
                <a href={href(`/orders/${segment(order.order_id)}`)}>{order.order_id}</a>
              </th>
              <td class="text nowrap">
                <time dateTime={order.placed_at}>{format.instant(order.placed_at, "short")}</time>
              </td>
              <td>
                <Figure value={order.order_total} unit={order.currency} call={call} at={`orders.${at}.order_total`} />
              </td>
              {!isShort && (
                <td>{Number(order.refunded) ? <Figure value={order.refunded} unit={order.currency} call={call} at={`orders.${at}.refunded`} /> : format.NOTHING}</td>
              )}
              <td class="text">
                <Status order={order} /> {!isShort && <Marks marks={order.marks} />}
              </td>
              <td class="text">{order.channel ?? t("unknown")}</td>
              {!isShort && (
                <td class="text nowrap">
                  {maybe(`value.order_source.${order.origin}`, order.origin)} <Trust trust={order.trust} />
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}
