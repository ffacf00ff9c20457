// The first minutes: an account, the shop, the snippet, and the first event that turns the panel green.

import { useState } from "preact/hooks";
import type { Session } from "../api/types";
import { t, type Key } from "../i18n";
import { Form, useChange } from "../parts/form";
import { BrandMark } from "../parts/shell";
import { site, start } from "../state/session";
import { go, hash } from "../state/url";
import { SnippetTabs } from "./snippets";
import { Verification } from "./verification";
import { WaitingForEvent } from "./waiting";
import { csrf } from "../api/client";

const STEPS = ["account", "shop", "snippet"] as const;
type Step = (typeof STEPS)[number];

export function Setup() {
  const [step, setStep] = useState<Step>("account");
  return (
    <div class="card-form">
      <p class="brand">
        <BrandMark /> Tallyho
      </p>
      <h1>{t("setup.title")}</h1>
      <ol class="steps-list">
        {STEPS.map((name) => (
          <li key={name} aria-current={name === step ? "step" : undefined}>
            {t(`setup.step.${name}` as Key)}
          </li>
        ))}
      </ol>
      {step === "account" && <AccountStep onDone={() => setStep("shop")} />}
      {step === "shop" && <ShopStep onDone={() => setStep("snippet")} />}
      {step === "snippet" && <SnippetStep />}
    </div>
  );
}

function AccountStep({ onDone }: { onDone: () => void }) {
  const [account, setAccount] = useState({ token: hash.value.replace(/^#\/setup\//, "").replace(/^#.*/, ""), email: "", name: "", password: "" });
  const change = useChange();
  const set = (more: Partial<typeof account>) => setAccount((before) => ({ ...before, ...more }));
  const send = async () => {
    const session = await change.send<Session>("POST", "/api/v1/setup", account);
    if (!session) return;
    // The session's own token is needed from here on, while this page stays.
    csrf.value = session.csrf;
    onDone();
  };
  return (
    <Form change={change} action={t("setup.next")} onSubmit={send}>
      <label>
        {t("setup.token")}
        <input required autocomplete="off" value={account.token} onInput={(event) => set({ token: event.currentTarget.value.trim() })} />
        <span class="muted">{t("setup.token_hint")}</span>
      </label>
      <label>
        {t("users.name")}
        <input required autocomplete="name" value={account.name} onInput={(event) => set({ name: event.currentTarget.value })} />
      </label>
      <label>
        {t("users.email")}
        <input type="email" required autocomplete="username" value={account.email} onInput={(event) => set({ email: event.currentTarget.value })} />
      </label>
      <label>
        {t("signin.password")}
        <input type="password" required minLength={12} autocomplete="new-password" value={account.password} onInput={(event) => set({ password: event.currentTarget.value })} />
        <span class="muted">{t("setup.password_hint")}</span>
      </label>
    </Form>
  );
}

function ShopStep({ onDone }: { onDone: () => void }) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const [shop, setShop] = useState({ domain: "", currency: "EUR", timezone: zone, week_start: "monday" });
  const change = useChange();
  const set = (more: Partial<typeof shop>) => setShop((before) => ({ ...before, ...more }));
  const send = async () => {
    if ((await change.send("POST", "/api/v1/sites", shop)) === undefined) return;
    await start();
    onDone();
  };
  return (
    <Form change={change} action={t("setup.next")} onSubmit={send}>
      <label>
        {t("setup.domain")}
        <input required placeholder="shop.example" value={shop.domain} onInput={(event) => set({ domain: event.currentTarget.value.trim() })} />
      </label>
      <label>
        {t("setup.currency")}
        <input required list="currencies" maxLength={3} value={shop.currency} onInput={(event) => set({ currency: event.currentTarget.value.toUpperCase() })} />
        <span class="muted">{t("setup.currency_hint")}</span>
      </label>
      <datalist id="currencies">
        {Intl.supportedValuesOf("currency").map((code) => (
          <option key={code} value={code} />
        ))}
      </datalist>
      <label>
        {t("setup.zone")}
        <input required list="zones" value={shop.timezone} onInput={(event) => set({ timezone: event.currentTarget.value })} />
      </label>
      <datalist id="zones">
        {Intl.supportedValuesOf("timeZone").map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <label>
        {t("setup.week")}
        <select value={shop.week_start} onChange={(event) => set({ week_start: event.currentTarget.value })}>
          <option value="monday">{t("setup.monday")}</option>
          <option value="sunday">{t("setup.sunday")}</option>
        </select>
      </label>
    </Form>
  );
}

function SnippetStep() {
  return (
    <div class="stack">
      <SnippetTabs />
      <WaitingForEvent />
      <Verification />
      <button type="button" class="button primary" onClick={() => go(`/?site=${site.value?.id ?? 1}`)}>
        {t("setup.done")}
      </button>
    </div>
  );
}
