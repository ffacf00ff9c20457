// Orders as a list, wherever orders are listed.

import type { OrderSummary } from "../api/types";
import { t, maybe } from "../i18n";
import * as format from "../i18n/format";
import { href, segment } from "../state/url";
import { Figure } from "./figure";
import { ListTable, shownColumns, type ListColumn } from "./list-table";

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

/** The columns of a list that answers `call`. */
export function orderColumns(call: string, isShort = false): ListColumn<OrderSummary>[] {
  const money = (name: "order_total" | "refunded" | "net") => (order: OrderSummary, at: number) =>
    name === "refunded" && !Number(order.refunded) ? format.NOTHING : <Figure value={order[name]} unit={order.currency} call={call} at={`orders.${at}.${name}`} />;
  return [
    { name: "order_id", label: "order.number", cell: (order) => <a href={href(`/orders/${segment(order.order_id)}`)}>{order.order_id}</a> },
    { name: "placed_at", label: "order.placed", class: "nowrap", cell: (order) => <time dateTime={order.placed_at}>{format.instant(order.placed_at, "short")}</time> },
    { name: "order_total", label: "order.total", isFigure: true, cell: money("order_total") },
    { name: "refunded", label: "order.refunded", isFigure: true, isLong: true, cell: money("refunded") },
    { name: "net", label: "order.net", isFigure: true, isExtra: true, cell: money("net") },
    {
      name: "status",
      label: "order.status",
      cell: (order) => (
        <>
          <Status order={order} /> {!isShort && <Marks marks={order.marks} />}
        </>
      ),
    },
    { name: "channel", label: "order.channel", cell: (order) => order.channel ?? t("unknown") },
    { name: "campaign", label: "order.campaign", isExtra: true, cell: (order) => order.campaign ?? t("unknown") },
    {
      name: "origin",
      label: "order.source",
      isLong: true,
      class: "nowrap",
      cell: (order) => (
        <>
          {maybe(`value.order_source.${order.origin}`, order.origin)} <Trust trust={order.trust} />
        </>
      ),
    },
    { name: "statements", label: "order.told", isFigure: true, isExtra: true, cell: (order, at) => <Figure value={order.statements} unit="count" call={call} at={`orders.${at}.statements`} /> },
    { name: "customer", label: "order.customer", isExtra: true, cell: (order) => (order.customer ? <a href={href(`/customers/${segment(order.customer)}`)}>{order.customer}</a> : t("unknown")) },
  ];
}

export function OrderTable({ orders, call, isShort }: OrderTableProps) {
  return (
    <ListTable
      caption={t("nav.orders")}
      columns={shownColumns("orders", orderColumns(call, isShort), isShort)}
      rows={orders}
      key_of={(order) => order.order_id}
      row_class={(order) => (order.counts ? "" : "not-counted")}
    />
  );
}
