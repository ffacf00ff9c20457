// What products and advertising cost: lists that the shop has anyway, uploaded; profit and return need them.

import { useAnswer } from "../../api/answers";
import { call } from "../../api/client";
import { t } from "../../i18n";
import * as format from "../../i18n/format";
import { Listing } from "../../parts/listing";
import { ListUpload, type Taken } from "../../parts/list-upload";
import { Panel } from "../../parts/panel";
import { ErrorBox, Waiting } from "../../parts/states";
import { base, mayChange } from "../../state/session";

interface Imported {
  meta: { count: number };
  bad_lines: { line: number; reason: string }[];
}

/** Sends a list and says what became of its lines. */
const sendTo = (path: string) => async (text: string): Promise<Taken> => {
  const answer = await call<Imported>(path, { method: "POST", text });
  return { count: answer.meta.count, bad: answer.bad_lines };
};

const SHOWN = "?limit=50";

interface ProductCost {
  sku: string;
  from: string | null;
  unit_cost: string;
}

interface AdCost {
  date: string;
  channel: string | null;
  source: string | null;
  medium: string | null;
  campaign: string | null;
  cost: string;
  currency: string;
}

export function Costs() {
  return (
    <>
      <ProductCosts />
      <AdCosts />
    </>
  );
}

function ProductCosts() {
  const path = `${base.value}/products/costs`;
  const answer = useAnswer<{ costs: ProductCost[]; meta: { currency: string } }>(path + SHOWN);
  return (
    <Panel id="product-costs" title={t("costs.products")} note={t("costs.products_note")} call={answer.call} hasFiles={false}>
      {mayChange.value && <ListUpload label={t("costs.products_file")} example={"sku,unit_cost,currency,from\nA-1,12.50,EUR,2026-01-01"} send={sendTo(path)} onTaken={answer.again} />}
      {answer.error ? (
        <ErrorBox error={answer.error} again={answer.again} />
      ) : !answer.data ? (
        <Waiting />
      ) : (
        <Listing
          caption={t("costs.products")}
          columns={[t("order.line.sku"), t("costs.unit_cost"), t("costs.from")]}
          rows={answer.data.costs}
          key_of={(one) => `${one.sku} ${one.from ?? ""}`}
          cells={(one) => [one.sku, format.money(one.unit_cost, answer.data!.meta.currency), one.from ? format.day(one.from, "long") : t("costs.always")]}
          empty={t("costs.none")}
        />
      )}
    </Panel>
  );
}

function AdCosts() {
  const path = `${base.value}/costs`;
  const answer = useAnswer<{ costs: AdCost[] }>(path + SHOWN);
  return (
    <Panel id="ad-costs" title={t("costs.ads")} note={t("costs.ads_note")} call={answer.call} hasFiles={false}>
      {mayChange.value && (
        <ListUpload label={t("costs.ads_file")} example={"date,source,medium,campaign,cost,currency,clicks\n2026-11-01,google,cpc,spring,120.50,EUR,310"} send={sendTo(`${path}/import`)} onTaken={answer.again} />
      )}
      {answer.error ? (
        <ErrorBox error={answer.error} again={answer.again} />
      ) : !answer.data ? (
        <Waiting />
      ) : (
        <Listing
          caption={t("costs.ads")}
          columns={[t("rates.day"), t("costs.where"), t("costs.cost")]}
          rows={answer.data.costs}
          key_of={(one) => [one.date, one.source, one.medium, one.campaign].join(" ")}
          cells={(one) => [format.day(one.date, "long"), [one.source, one.medium, one.campaign].filter(Boolean).join(" · "), format.money(one.cost, one.currency)]}
          empty={t("costs.none")}
        />
      )}
    </Panel>
  );
}
