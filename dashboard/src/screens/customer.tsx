// One customer: what was ordered, what lies in carts, and the devices that the customer was seen on.

import { useAnswer } from "../api/answers";
import type { Cart, OrderSummary } from "../api/types";
import { t } from "../i18n";
import * as format from "../i18n/format";
import { CartTable } from "../parts/cart-table";
import { Facts } from "../parts/facts";
import { Figure } from "../parts/figure";
import { OrderTable } from "../parts/order-table";
import { Panel } from "../parts/panel";
import { Empty, ErrorBox, Waiting } from "../parts/states";
import { Title } from "../parts/title";
import { base } from "../state/session";
import { href, path } from "../state/url";
import { customerName } from "./customers";

interface CustomerDetail {
  customer: string;
  user_id: string | null;
  email_hash: string | null;
  email: string | null;
  orders_counted: number;
  first_order_at: string | null;
  last_order_at: string | null;
  visitors: { visitor: string; first_named_at: string; last_named_at: string }[];
  orders: OrderSummary[];
  carts: Cart[];
}

export function CustomerScreen() {
  const id = decodeURIComponent(path.value.slice("/customers/".length));
  const answer = useAnswer<CustomerDetail>(`${base.value}/customers/${encodeURIComponent(id)}`);
  const found = answer.data;
  const back = (
    <a class="button" href={href("/customers")}>
      {t("nav.customers")}
    </a>
  );
  return (
    <>
      <Title tools={back}>{t("customer.title", { id: found ? customerName(found) : id })}</Title>
      {answer.error ? <ErrorBox error={answer.error} again={answer.again} /> : !found ? <Waiting lines={8} /> : <Detail found={found} call={answer.call} />}
    </>
  );
}

function Detail({ found, call }: { found: CustomerDetail; call: string }) {
  return (
    <div class="grid">
      <div class="span-5">
        <Panel title={t("customer.about")} call={call} hasFiles={false}>
          <Facts
            facts={[
              [t("customer.user_id"), found.user_id],
              [t("customer.email"), found.email],
              [t("customer.email_hash"), found.email_hash],
              [t("customers.orders"), <Figure value={found.orders_counted} unit="count" call={call} at="orders_counted" />],
              [t("customers.first_order"), found.first_order_at && format.instant(found.first_order_at)],
              [t("customers.last_order"), found.last_order_at && format.instant(found.last_order_at)],
            ]}
          />
          <h3>{t("customer.devices")}</h3>
          {found.visitors.length === 0 ? (
            <p class="muted">{t("customer.no_devices")}</p>
          ) : (
            <ul>
              {found.visitors.map((one) => (
                <li key={one.visitor} class="row">
                  <a href={href(`/visitors/${one.visitor}`)}>{one.visitor}</a>
                  <span class="muted">{format.instant(one.last_named_at, "short")}</span>
                </li>
              ))}
            </ul>
          )}
        </Panel>
      </div>
      <div class="span-7">
        <Panel title={t("nav.orders")}>
          {found.orders.length ? <OrderTable orders={found.orders} call={call} isShort /> : <Empty title={t("customer.no_orders")} />}
        </Panel>
      </div>
      <div class="span-12">
        <Panel title={t("nav.carts")}>
          {found.carts.length ? <CartTable carts={found.carts} call={call} /> : <Empty title={t("customer.no_carts")} />}
        </Panel>
      </div>
    </div>
  );
}
