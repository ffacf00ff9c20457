// The one period of every screen: presets, two days, and what figures are compared with.

import { useState } from "preact/hooks";
import { t, type Key } from "../i18n";
import * as format from "../i18n/format";
import { isDay } from "../state/days";
import { compare, period, PRESETS, type Compare } from "../state/period";
import { hereWith, set } from "../state/url";
import { Popover } from "./popover";

const COMPARES: Compare[] = ["previous_period", "previous_year", "none"];

const compareChange = (to: Compare) => ({ compare: to === "previous_period" ? null : to });

export function DatePicker() {
  const { from, to, preset } = period.value;
  const name = preset === "custom" ? format.days(from, to) : t(`period.${preset}` as Key);
  const face = (
    <>
      <span class="picker-name">{name}</span>
      <span class="picker-compare muted">{t(`compare.${compare.value}` as Key)}</span>
    </>
  );
  return (
    <Popover icon="calendar" face={face} class="picker">
      {(close) => <Choices close={close} />}
    </Popover>
  );
}

function Choices({ close }: { close: () => void }) {
  const { from, to, preset } = period.value;
  const [first, setFirst] = useState(from);
  const [last, setLast] = useState(to);
  const isGood = isDay(first) && isDay(last) && first <= last;
  return (
    <div class="picker-box">
      <ul class="menu picker-presets">
        {PRESETS.map((name) => (
          <li key={name}>
            <a href={hereWith({ period: name === "30d" ? null : name, from: null, to: null })} aria-current={preset === name ? "true" : undefined} onClick={close}>
              {t(`period.${name}` as Key)}
            </a>
          </li>
        ))}
      </ul>
      <form
        class="picker-days"
        onSubmit={(event) => {
          event.preventDefault();
          if (!isGood) return;
          set({ period: null, from: first, to: last });
          close();
        }}
      >
        <label>
          {t("period.from")}
          <input type="date" value={first} max={last} required onInput={(event) => setFirst(event.currentTarget.value)} />
        </label>
        <label>
          {t("period.to")}
          <input type="date" value={last} min={first} required onInput={(event) => setLast(event.currentTarget.value)} />
        </label>
        <button type="submit" class="button primary" disabled={!isGood}>
          {t("period.apply")}
        </button>
        <fieldset>
          <legend>{t("compare.with")}</legend>
          {COMPARES.map((name) => (
            <label key={name} class="choice">
              <input type="radio" name="compare" checked={compare.value === name} onChange={() => set(compareChange(name))} />
              {t(`compare.${name}` as Key)}
            </label>
          ))}
        </fieldset>
      </form>
    </div>
  );
}
