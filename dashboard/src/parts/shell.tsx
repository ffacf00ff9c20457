// The frame of every screen: navigation, the period and filter of everything, progress, and where the server stands.

import { Component, type ComponentChildren, type ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useAnswer } from "../api/answers";
import { ApiError, busySince } from "../api/client";
import { t, type Key } from "../i18n";
import { loaderAt, reachable, screenAt, type Screen } from "../screens/list";
import { listsTakeFilters } from "../state/catalogue";
import { hasUsers, isShare, session, signOut, site } from "../state/session";
import { focusNewScreen, go, href, path } from "../state/url";
import { Notices } from "./announce";
import { DatePicker } from "./datepicker";
import { ExplainDrawer } from "./explain";
import { AddFilter, FilterChips } from "./filterbar";
import { Icon } from "./icon";
import { LiveCount } from "./livecount";
import { isPaletteOpen, Palette } from "./palette";
import { LookMenu } from "./lookmenu";
import { Popover } from "./popover";
import { ShareMenu } from "./sharemenu";
import { Empty, ErrorBox, Waiting } from "./states";

const GROUPS: Screen["group"][] = ["today", "sales", "marketing", "data"];

export function Shell() {
  const [isMenuOpen, setMenuOpen] = useState(false);
  const screen = screenAt(path.value);
  const takesFilter = screen?.hasFilter === "lists" ? listsTakeFilters.value : screen?.hasFilter;
  useEffect(() => setMenuOpen(false), [path.value]);
  return (
    <div class={`shell ${isMenuOpen ? "menu-open" : ""}`} onKeyDown={(event) => event.key === "Escape" && setMenuOpen(false)}>
      <a class="skip" href="#main" onClick={(event) => (event.preventDefault(), document.getElementById("main")?.focus())}>
        {t("skip")}
      </a>
      <Progress />
      <aside class="side" id="side">
        <a class="brand" href={href("/")}>
          <BrandMark />
          Tallyho
        </a>
        <SitePicker />
        <nav aria-label={t("nav.label")}>
          {GROUPS.map((group) => (
            <div key={group} class="nav-group">
              <p class="nav-title" id={`nav-${group}`}>
                {t(`nav.group.${group}` as Key)}
              </p>
              <ul aria-labelledby={`nav-${group}`}>
                {reachable().filter((s) => s.group === group).map((s) => (
                  <li key={s.path}>
                    <a href={href(s.path)} aria-current={screen === s ? "page" : undefined}>
                      <Icon name={s.icon} />
                      {t(`nav.${s.name}` as Key)}
                    </a>
                  </li>
                ))}
              </ul>
            </div>
          ))}
        </nav>
        <Foot />
      </aside>
      <button type="button" class="side-shade" tabIndex={-1} aria-hidden="true" onClick={() => setMenuOpen(false)} />
      <div class="column">
        <header class="top">
          <button type="button" class="button quiet narrow-only" aria-expanded={isMenuOpen} aria-controls="side" aria-label={t("nav.open")} onClick={() => setMenuOpen(!isMenuOpen)}>
            <Icon name="menu" />
          </button>
          {!isShare.value && <LiveCount />}
          <span class="spring" />
          {takesFilter && <AddFilter />}
          {screen?.hasPeriod && <DatePicker />}
          {!isShare.value && <ShareMenu />}
          <button type="button" class="button quiet" title={t("palette.title")} onClick={() => (isPaletteOpen.value = true)}>
            <Icon name="explore" />
            <span class="hidden">{t("palette.title")}</span>
            <kbd class="wide-only">Ctrl K</kbd>
          </button>
        </header>
        {takesFilter && <FilterChips />}
        <main id="main" tabIndex={-1}>
          <Current />
        </main>
      </div>
      <ExplainDrawer />
      <Palette />
      <Notices />
    </div>
  );
}

export function BrandMark() {
  return (
    <svg class="brand-mark" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="7" />
      <path d="M8 8v16M13 8v16M18 8v16M23 8v16" />
      <path class="stroke" d="M5 21 27 11" />
    </svg>
  );
}

function SitePicker() {
  const sites = session.value?.sites ?? [];
  const shown = site.value;
  if (!shown) return null;
  if (sites.length < 2) {
    return (
      <p class="site-name">
        {shown.name || shown.domain} {session.value?.demo && <span class="tag">{t("nav.demo")}</span>}
      </p>
    );
  }
  return (
    <label class="site-name">
      <span class="hidden">{t("nav.shop")}</span>
      <select value={String(shown.id)} onChange={(event) => go(`/?site=${event.currentTarget.value}`)}>
        {sites.map((one) => (
          <option key={one.id} value={String(one.id)}>
            {one.name || one.domain}
          </option>
        ))}
      </select>
    </label>
  );
}

interface Status {
  accepted_position: number;
  applied_position: number;
  version: string;
}

function Foot() {
  const status = useAnswer<Status>("/api/v1/status", 30_000);
  const behind = status.data ? status.data.accepted_position - status.data.applied_position : 0;
  const mood = status.error ? "bad" : behind > 1000 ? "late" : "good";
  const text = status.error ? t("foot.away") : behind > 1000 ? t("foot.behind", { n: behind }) : t("foot.current");
  return (
    <footer class="side-foot">
      <a href={isShare.value ? undefined : href("/health")} class="foot-status">
        <span class={`lamp ${mood}`} aria-hidden="true" />
        {text}
      </a>
      <div class="foot-tools">
        <LookMenu />
        {hasUsers.value && session.value?.user && !session.value.demo && (
          <Popover icon="user" class="quiet" label={t("user.menu")}>
            <ul class="menu">
              <li class="menu-note">{session.value.user.email}</li>
              <li>
                <a href={href("/settings/account")}>{t("settings.account")}</a>
              </li>
              <li>
                <button type="button" onClick={() => void signOut()}>
                  {t("user.sign_out")}
                </button>
              </li>
            </ul>
          </Popover>
        )}
      </div>
    </footer>
  );
}

/** A line at the top, for whatever takes longer than a second. */
function Progress() {
  const [isLong, set] = useState(false);
  const since = busySince.value;
  useEffect(() => {
    set(false);
    if (since === 0) return;
    const timer = setTimeout(() => set(true), 1000);
    return () => clearTimeout(timer);
  }, [since]);
  return isLong ? <div class="progress" role="progressbar" aria-label={t("waiting")} /> : null;
}

/** The screen of the address, loaded when it is first asked for. */
function Current() {
  const found = loaderAt(path.value);
  const key = found?.key ?? "";
  const [loaded, set] = useState<{ key: string; Screen: ComponentType } | null>(null);
  const [hasFailed, setFailed] = useState(false);
  useEffect(() => {
    let isCurrent = true;
    setFailed(false);
    found?.load().then(
      (Screen) => isCurrent && set({ key, Screen }),
      () => isCurrent && setFailed(true),
    );
    return () => {
      isCurrent = false;
    };
  }, [key]);
  useEffect(focusNewScreen, [path.value, loaded]);
  if (!found) {
    return (
      <>
        <h1 tabIndex={-1}>{t("nowhere.title")}</h1>
        <Empty title={t("nowhere.text")}>
          <a class="button" href={href("/")}>
            {t("nav.overview")}
          </a>
        </Empty>
      </>
    );
  }
  if (hasFailed) {
    // A newer build has replaced the files of this one.
    return <ErrorBox error={new ApiError(0, "screen.gone", t("error.screen"), t("error.screen_hint"))} again={() => location.reload()} />;
  }
  if (loaded?.key !== key) return <Waiting lines={8} />;
  return (
    <Boundary key={path.value}>
      <loaded.Screen />
    </Boundary>
  );
}

/** Keeps a fault of one screen from taking the navigation with it. */
class Boundary extends Component<{ children: ComponentChildren }, { fault: string }> {
  override state = { fault: "" };
  static override getDerivedStateFromError(error: unknown) {
    return { fault: String(error) };
  }
  override componentDidCatch(error: unknown): void {
    console.error(error);
  }
  render() {
    if (!this.state.fault) return this.props.children;
    return <ErrorBox error={new ApiError(0, "screen.fault", t("error.fault"), this.state.fault)} again={() => this.setState({ fault: "" })} />;
  }
}
