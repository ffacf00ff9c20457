// Currency rates, and what products cost: both make foreign and raw figures comparable.

import { useState } from "preact/hooks";
import { applied, useAnswer } from "../../api/answers";
import { call } from "../../api/client";
import { reportPath } from "../../api/report";
import type { Report } from "../../api/types";
import { t } from "../../i18n";
import * as format from "../../i18n/format";
import { Form, saved, useChange } from "../../parts/form";
import { Icon } from "../../parts/icon";
import { ListUpload, type Taken } from "../../parts/list-upload";
import { Panel } from "../../parts/panel";
import { Empty, ErrorBox, Waiting } from "../../parts/states";
import { today } from "../../state/period";
import { base, mayChange } from "../../state/session";
import { TableBox } from "../../parts/tablebox";
import { readRates } from "./rates-list";

interface Rate {
  day: string;
  currency: string;
  per_unit: string;
  value: string;
}

const SHOWN_MAX = 60;

/** How many rates go into one request. */
const RATES_AT_ONCE = 5_000;

export function Rates() {
  const path = `${base.value}/rates`;
  const sendRates = async (text: string): Promise<Taken> => {
    const currencies = new Set(Intl.supportedValuesOf("currency"));
    const { rates, bad } = readRates(text, (reason, value) => t(`rates.bad.${reason}`, { value }), (code) => currencies.has(code));
    for (let at = 0; at < rates.length; at += RATES_AT_ONCE) await call(path, { method: "PUT", body: { rates: rates.slice(at, at + RATES_AT_ONCE) } });
    return { count: rates.length, bad };
  };
  const answer = useAnswer<{ rates: Rate[]; meta: { currency: string } }>(path);
  const [rate, setRate] = useState({ day: today.value, currency: "", value: "" });
  const change = useChange();
  const set = (more: Partial<typeof rate>) => setRate((before) => ({ ...before, ...more }));
  const add = async () => {
    if ((await change.send("PUT", path, { rates: [rate] })) === undefined) return;
    await applied();
    saved();
    set({ value: "" });
    answer.again();
  };
  const rates = [...(answer.data?.rates ?? [])].sort((a, b) => b.day.localeCompare(a.day) || a.currency.localeCompare(b.currency));
  const own = answer.data?.meta.currency ?? "";
  return (
    <Panel title={t("settings.rates")} note={t("rates.note")} call={answer.call} hasFiles={false}>
      <Unconverted />
      {mayChange.value && (
        <Form change={change} action={t("rates.add")} onSubmit={add}>
          <div class="row">
            <label>
              {t("rates.day")}
              <input type="date" required value={rate.day} onInput={(event) => set({ day: event.currentTarget.value })} />
            </label>
            <label>
              {t("rates.currency")}
              <input required size={5} maxLength={3} pattern="[A-Za-z]{3}" value={rate.currency} onInput={(event) => set({ currency: event.currentTarget.value.toUpperCase() })} />
            </label>
            <label>
              {t("rates.value", { own })}
              <input required inputMode="decimal" value={rate.value} onInput={(event) => set({ value: event.currentTarget.value })} />
            </label>
          </div>
        </Form>
      )}
      {mayChange.value && <ListUpload label={t("rates.file")} example={"date,currency,rate\n2026-11-02,USD,0.9120"} send={sendRates} onTaken={answer.again} />}
      {answer.error ? (
        <ErrorBox error={answer.error} again={answer.again} />
      ) : !answer.data ? (
        <Waiting />
      ) : rates.length === 0 ? (
        <Empty title={t("rates.none")} />
      ) : (
        <TableBox>
          <table class="table">
            <caption class="hidden">{t("settings.rates")}</caption>
            <thead>
              <tr>
                <th scope="col">{t("rates.day")}</th>
                <th scope="col">{t("rates.currency")}</th>
                <th scope="col" class="number">{t("rates.value", { own })}</th>
                <th scope="col" class="number">{t("rates.per_unit", { own })}</th>
              </tr>
            </thead>
            <tbody>
              {rates.slice(0, SHOWN_MAX).map((one) => (
                <tr key={`${one.day}${one.currency}`}>
                  <th scope="row">{format.day(one.day, "long")}</th>
                  <td class="text">{one.currency}</td>
                  <td>{one.value}</td>
                  <td>{one.per_unit}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </TableBox>
      )}
    </Panel>
  );
}

/** Orders whose currency has no rate are in no sum of money: that must be seen. */
function Unconverted() {
  const answer = useAnswer<Report>(reportPath({ metrics: ["orders"], isUnfiltered: true }));
  const missing = answer.data?.meta.unconverted ?? [];
  if (missing.length === 0) return null;
  return (
    <ul class="stack">
      {missing.map((one) => (
        <li key={one.currency} class="badge warn">
          <Icon name="warn" />
          {t("rates.missing", { n: one.orders, currency: one.currency, total: format.money(one.order_total, one.currency) })}
        </li>
      ))}
    </ul>
  );
}
