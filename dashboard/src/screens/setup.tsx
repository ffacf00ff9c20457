// The first minutes: an account, the shop, the snippet, and the first event that turns the panel green. The step stands in
// the address, so each can be gone back to and loaded again: what was done stays done and is shown as it is.

import { useEffect, useState } from "preact/hooks";
import { useAnswer } from "../api/answers";
import { signedOut } from "../api/client";
import type { Session } from "../api/types";
import { t, type Key } from "../i18n";
import { Form, useChange } from "../parts/form";
import { BrandMark } from "../parts/shell";
import { Empty, ErrorBox, Waiting } from "../parts/states";
import { base, opened, session, site, stage, start } from "../state/session";
import { go, hash } from "../state/url";
import { SnippetTabs } from "./snippets";
import { Verification } from "./verification";
import { WaitingForEvent } from "./waiting";

const STEPS = ["account", "shop", "snippet"] as const;
type Step = (typeof STEPS)[number];

const addressOf = (step: Step) => `#/setup/${step}`;

/** Returns what the address says behind `#/setup/`: a step, or the token that the server printed. */
const said = () => /^#\/setup\/(.*)/.exec(hash.value)?.[1] ?? "";

/** Returns the first step that is not done. */
function nextStep(): Step {
  if (!session.value?.user || signedOut.value) return "account";
  return site.value ? "snippet" : "shop";
}

/** Returns the step of the address, or the one before it that has to be done first. */
function stepNow(): Step {
  const asked = STEPS.indexOf(said() as Step);
  const next = STEPS.indexOf(nextStep());
  return STEPS[asked < 0 ? next : Math.min(asked, next)]!;
}

const advance = (step: Step) => go(`/${addressOf(step)}`);

export function Setup() {
  if (stage.value === "starting") return <Waiting />;
  const step = stepNow();
  const next = STEPS.indexOf(nextStep());
  return (
    <div class="card-form">
      <p class="brand">
        <BrandMark /> Tallyho
      </p>
      <h1>{t("setup.title")}</h1>
      <ol class="steps-list">
        {STEPS.map((name, at) => (
          <li key={name} aria-current={name === step ? "step" : undefined}>
            {at <= next && name !== step ? <a href={addressOf(name)}>{t(`setup.step.${name}` as Key)}</a> : t(`setup.step.${name}` as Key)}
          </li>
        ))}
      </ol>
      {step === "account" && (nextStep() !== "account" ? <AccountMade /> : stage.value === "setup" ? <AccountStep /> : <SignInFirst />)}
      {step === "shop" && <ShopStep key={site.value?.id ?? 0} />}
      {step === "snippet" && <SnippetStep />}
    </div>
  );
}

/** Somebody has an account already: this link makes no other. */
function SignInFirst() {
  return (
    <Empty title={t("setup.made")}>
      <p>{t("setup.made_text")}</p>
      <a class="button primary" href="/">
        {t("signin.title")}
      </a>
    </Empty>
  );
}

function AccountMade() {
  return (
    <div class="stack">
      <p>{t("setup.signed_in", { name: session.value!.user!.email })}</p>
      <div class="row">
        <button type="button" class="button primary" onClick={() => advance("shop")}>
          {t("setup.next")}
        </button>
      </div>
    </div>
  );
}

function AccountStep() {
  // A token that came with the link need not be seen.
  const [linked] = useState(() => (STEPS.includes(said() as Step) ? "" : said()));
  const [account, setAccount] = useState({ token: linked, email: "", name: "", password: "" });
  const change = useChange();
  const set = (more: Partial<typeof account>) => setAccount((before) => ({ ...before, ...more }));
  const send = async () => {
    const made = await change.send<Session>("POST", "/api/v1/setup", account);
    if (!made) return;
    // The token is used up; what comes back to this step finds the account.
    go(`/${addressOf("account")}`, "replace");
    opened(made);
    advance("shop");
  };
  return (
    <Form change={change} action={t("setup.next")} onSubmit={send}>
      {(!linked || change.error) && (
        <label>
          {t("setup.token")}
          <input required autocomplete="off" value={account.token} onInput={(event) => set({ token: event.currentTarget.value.trim() })} />
          <span class="muted">{t("setup.token_hint")}</span>
        </label>
      )}
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

interface Shop {
  domain: string;
  currency: string;
  timezone: string;
  week_start: string;
}

/** Makes the shop, or changes the one that was made a moment ago. */
function ShopStep() {
  const made = site.value;
  const before = useAnswer<Shop>(made ? `${base.value}/settings` : null);
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const [shop, setShop] = useState<Shop>({ domain: "", currency: "EUR", timezone: zone, week_start: "monday" });
  const change = useChange();
  const set = (more: Partial<Shop>) => setShop((old) => ({ ...old, ...more }));
  useEffect(() => {
    if (!before.data) return;
    const { domain, currency, timezone, week_start } = before.data;
    setShop({ domain, currency, timezone, week_start });
  }, [before.data]);
  const send = async () => {
    const sent = made ? await change.send("PUT", `${base.value}/settings`, shop) : await change.send("POST", "/api/v1/sites", shop);
    if (sent === undefined) return;
    await start();
    advance("snippet");
  };
  if (before.error) return <ErrorBox error={before.error} again={before.again} />;
  if (made && !before.data) return <Waiting />;
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
