// One cart: what lies in it, whose it is as far as that is known, and the shop's own link that brings it back.

import { useAnswer } from "../api/answers";
import type { Cart } from "../api/types";
import { maybe, t } from "../i18n";
import * as format from "../i18n/format";
import { CartState } from "../parts/cart-table";
import { Facts } from "../parts/facts";
import { Figure } from "../parts/figure";
import { OutLink } from "../parts/link";
import { Panel } from "../parts/panel";
import { ErrorBox, Waiting } from "../parts/states";
import { Title } from "../parts/title";
import { base } from "../state/session";
import { href, path } from "../state/url";
import { TableBox } from "../parts/tablebox";

export function CartScreen() {
  const id = decodeURIComponent(path.value.slice("/carts/".length));
  const answer = useAnswer<Cart>(`${base.value}/carts/${encodeURIComponent(id)}`);
  const back = (
    <a class="button" href={href("/carts")}>
      {t("nav.carts")}
    </a>
  );
  return (
    <>
      <Title tools={back}>{t("cart.title", { id })}</Title>
      {answer.error ? <ErrorBox error={answer.error} again={answer.again} /> : answer.data ? <Detail cart={answer.data} call={answer.call} /> : <Waiting lines={8} />}
    </>
  );
}

function Detail({ cart, call }: { cart: Cart; call: string }) {
  return (
    <div class="grid">
      <div class="span-7">
        <Panel title={t("cart.contents")} call={call} hasFiles={false}>
          <TableBox>
            <table class="table">
              <caption class="hidden">{t("cart.contents")}</caption>
              <thead>
                <tr>
                  <th scope="col">{t("order.line.product")}</th>
                  <th scope="col">{t("order.line.sku")}</th>
                  {(["price", "quantity", "gross"] as const).map((name) => (
                    <th key={name} scope="col" class="number">
                      {t(`order.line.${name}`)}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {cart.items.map((item, at) => (
                  <tr key={at}>
                    <th scope="row">{[item.product, item.variant].filter(Boolean).join(" · ") || t("unknown")}</th>
                    <td class="text">{item.sku}</td>
                    {(["price", "quantity", "gross"] as const).map((name) => (
                      <td key={name}>
                        <Figure value={item[name]} unit={name === "quantity" ? "quantity" : cart.currency} call={call} at={`items.${at}.${name}`} />
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
              <tfoot>
                <tr>
                  <th scope="row" colSpan={3}>
                    {t("cart.value")}
                  </th>
                  <td>
                    <Figure value={cart.units} unit="quantity" call={call} at="units" />
                  </td>
                  <td>
                    <Figure value={cart.value} unit={cart.currency} call={call} at="value" />
                  </td>
                </tr>
              </tfoot>
            </table>
          </TableBox>
        </Panel>
      </div>
      <div class="span-5">
        <Panel title={t("cart.about")}>
          <Facts
            facts={[
              [t("cart.state"), <CartState state={cart.state} />],
              [t("cart.created"), format.instant(cart.created_at)],
              [t("cart.changed"), format.instant(cart.changed_at)],
              [t("cart.ordered"), cart.ordered_at && format.instant(cart.ordered_at)],
              [t("cart.step"), cart.checkout_step && maybe(`value.checkout_step.${cart.checkout_step}`, cart.checkout_step)],
              [t("order.channel"), cart.channel],
              [t("order.credited"), [cart.source, cart.medium, cart.campaign].filter(Boolean).join(" / ")],
              [t("order.coupon"), cart.coupon],
              [t("order.customer"), cart.customer && <a href={href(`/customers/${cart.customer}`)}>{cart.customer}</a>],
              [t("order.visitor"), cart.visitor && <a href={href(`/visitors/${cart.visitor}`)}>{cart.visitor}</a>],
              [t("cart.contact"), cart.email ?? cart.contact ?? t("no")],
              [t("cart.recover"), cart.recovery_url && <OutLink url={cart.recovery_url} />],
            ]}
          />
        </Panel>
      </div>
    </div>
  );
}
