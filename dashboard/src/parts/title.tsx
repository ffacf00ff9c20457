// The head of a screen: what it is, of which days, and what can be done.

import type { ComponentChildren } from "preact";
import { days } from "../i18n/format";
import { period } from "../state/period";

export interface TitleProps {
  children: ComponentChildren;
  hasPeriod?: boolean;
  note?: ComponentChildren;
  tools?: ComponentChildren;
}

export function Title({ children, hasPeriod, note, tools }: TitleProps) {
  return (
    <div class="title">
      <h1 tabIndex={-1}>{children}</h1>
      {hasPeriod && <p class="muted">{days(period.value.from, period.value.to)}</p>}
      {note && <p class="muted">{note}</p>}
      {tools && <span class="spring" />}
      {tools}
    </div>
  );
}
