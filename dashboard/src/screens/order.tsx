// One order and its audit trail: what counts, from whose statement each field was taken, and who says otherwise.

import { useAnswer } from "../api/answers";
import { t, maybe, type Key } from "../i18n";
import * as format from "../i18n/format";
import { Facts } from "../parts/facts";
import { Figure } from "../parts/figure";
import { OutLink } from "../parts/link";
import { Marks, Status, Trust } from "../parts/order-table";
import { Panel } from "../parts/panel";
import { ErrorBox, Waiting } from "../parts/states";
import { Title } from "../parts/title";
import { base, site } from "../state/session";
import { href, path } from "../state/url";
import { Disagreements, Statements, type Trail } from "./order-trail";
import { TableBox } from "../parts/tablebox";

type Amounts = Record<string, string>;

interface OrderLine {
  line: number;
  sku: string | null;
  product: string | null;
  variant: string | null;
  brand: string | null;
  price: string;
  quantity: string;
  gross: string;
  discount: string;
  net: string;
}

interface Refund {
  refund: string;
  refund_id: string | null;
  at: string;
  amounts: Amounts;
  reason: string | null;
  trust: string;
}

export interface OrderDetail extends Trail {
  order_id: string;
  ids: string[];
  order: {
    placed_at: string;
    paid_at: string | null;
    status: string;
    counts: boolean;
    test: boolean;
    currency: string;
    amounts: Amounts;
    reporting_amounts: Amounts | null;
    refunded: string;
    net: string;
    net_sales: string;
    customer: string | null;
    visitor: string | null;
    attribution: Record<string, string | null>;
    landing_page: string | null;
    coupon: string | null;
    payment_method: string | null;
    shipping_method: string | null;
    sales_channel: string | null;
    origin: string;
    trust: string;
    marks: string[];
  } | null;
  lines: OrderLine[];
  refunds: Refund[];
}

const PARTS = ["gross_sales", "discounts", "tax", "shipping", "fees", "order_total"];

export function OrderScreen() {
  const id = decodeURIComponent(path.value.slice("/orders/".length));
  const answer = useAnswer<OrderDetail>(`${base.value}/orders/${encodeURIComponent(id)}`);
  const found = answer.data;
  const back = (
    <a class="button" href={href("/orders")}>
      {t("nav.orders")}
    </a>
  );
  return (
    <>
      <Title tools={back}>{t("order.title", { id })}</Title>
      {answer.error ? <ErrorBox error={answer.error} again={answer.again} /> : !found ? <Waiting lines={8} /> : <Detail found={found} call={answer.call} />}
    </>
  );
}

function Detail({ found, call }: { found: OrderDetail; call: string }) {
  const order = found.order;
  return (
    <div class="grid">
      {order && (
        <>
          <div class="span-6">
            <Panel title={t("order.money")} call={call} hasFiles={false}>
              <Money found={found} call={call} />
            </Panel>
          </div>
          <div class="span-6">
            <Panel title={t("order.about")}>
              <p class="row">
                <Status order={order} /> <Trust trust={order.trust} /> <Marks marks={order.marks} />
              </p>
              <Facts
                facts={[
                  [t("order.placed"), format.instant(order.placed_at)],
                  [t("order.paid"), order.paid_at && format.instant(order.paid_at)],
                  [t("order.counts"), order.counts ? t("yes") : t("no")],
                  [t("order.other_ids"), found.ids.filter((other) => other !== found.order_id).join(", ")],
                  [t("order.customer"), order.customer && <a href={href(`/customers/${order.customer}`)}>{order.customer}</a>],
                  [t("order.visitor"), order.visitor && <a href={href(`/visitors/${order.visitor}`)}>{order.visitor}</a>],
                  [t("order.channel"), order.attribution["channel"]],
                  [t("order.credited"), [order.attribution["source"], order.attribution["medium"], order.attribution["campaign"]].filter(Boolean).join(" / ")],
                  [t("order.referrer"), order.attribution["referrer"] && <OutLink url={order.attribution["referrer"]} />],
                  [t("order.landing"), order.landing_page],
                  [t("order.coupon"), order.coupon],
                  [t("order.payment"), order.payment_method],
                  [t("order.shipping"), order.shipping_method],
                  [t("order.sales_channel"), order.sales_channel],
                  [t("order.source"), maybe(`value.order_source.${order.origin}`, order.origin)],
                ]}
              />
            </Panel>
          </div>
          <div class="span-12">
            <Panel title={t("order.lines")}>
              <Lines found={found} call={call} />
            </Panel>
          </div>
          {found.refunds.length > 0 && (
            <div class="span-12">
              <Panel title={t("order.refunds")}>
                <Refunds found={found} call={call} />
              </Panel>
            </div>
          )}
        </>
      )}
      {found.disagreements.length > 0 && (
        <div class="span-12">
          <Panel title={t("order.disagreements")} note={t("order.disagreements_note")}>
            <Disagreements trail={found} />
          </Panel>
        </div>
      )}
      <div class="span-12">
        <Panel title={t("order.trail")} note={t("order.trail_note", { n: found.statements.length })}>
          <Statements trail={found} call={call} />
        </Panel>
      </div>
    </div>
  );
}

function Money({ found, call }: { found: OrderDetail; call: string }) {
  const order = found.order!;
  const rows: [string, string, string][] = PARTS.map((part) => [t(`order.part.${part}` as Key), order.amounts[part]!, `order.amounts.${part}`]);
  rows.push([t("order.refunded"), order.refunded, "order.refunded"]);
  rows.push([t("order.net"), order.net, "order.net"]);
  const reporting = order.reporting_amounts;
  const shows = reporting && reporting["order_total"] !== order.amounts["order_total"];
  return (
    <>
      <table class="table">
        <caption class="hidden">{t("order.money")}</caption>
        <tbody>
          {rows.map(([name, value, at]) => (
            <tr key={at}>
              <th scope="row">{name}</th>
              <td>
                <Figure value={value} unit={order.currency} call={call} at={at} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {shows && <p class="muted">{t("order.reported_as", { total: format.money(reporting["order_total"]!, site.value?.currency ?? "") })}</p>}
    </>
  );
}

function Lines({ found, call }: { found: OrderDetail; call: string }) {
  const currency = found.order!.currency;
  if (found.lines.length === 0) return <p class="muted">{t("order.no_lines")}</p>;
  return (
    <TableBox>
      <table class="table">
        <caption class="hidden">{t("order.lines")}</caption>
        <thead>
          <tr>
            <th scope="col">{t("order.line.product")}</th>
            <th scope="col">{t("order.line.sku")}</th>
            {(["price", "quantity", "gross", "discount", "net"] as const).map((name) => (
              <th key={name} scope="col" class="number">
                {t(`order.line.${name}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {found.lines.map((line, at) => (
            <tr key={line.line}>
              <th scope="row">{[line.product, line.variant].filter(Boolean).join(" · ") || t("unknown")}</th>
              <td class="text">{line.sku}</td>
              {(["price", "quantity", "gross", "discount", "net"] as const).map((name) => (
                <td key={name}>
                  <Figure value={line[name]} unit={name === "quantity" ? "quantity" : currency} call={call} at={`lines.${at}.${name}`} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

function Refunds({ found, call }: { found: OrderDetail; call: string }) {
  return (
    <TableBox>
      <table class="table">
        <caption class="hidden">{t("order.refunds")}</caption>
        <thead>
          <tr>
            <th scope="col">{t("order.refund.id")}</th>
            <th scope="col">{t("order.refund.at")}</th>
            <th scope="col">{t("order.refund.reason")}</th>
            <th scope="col" class="number">{t("order.refund.goods")}</th>
            <th scope="col" class="number">{t("order.refund.amount")}</th>
          </tr>
        </thead>
        <tbody>
          {found.refunds.map((refund, at) => (
            <tr key={refund.refund}>
              <th scope="row">{refund.refund_id ?? refund.refund}</th>
              <td class="text nowrap">{format.instant(refund.at)}</td>
              <td class="text">{refund.reason}</td>
              {["goods", "amount"].map((name) => (
                <td key={name}>
                  <Figure value={refund.amounts[name]} unit={found.order!.currency} call={call} at={`refunds.${at}.amounts.${name}`} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}
