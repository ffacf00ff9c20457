// Names and what stands behind them, one line each. What is unknown is left out.

import type { ComponentChildren } from "preact";

export type Fact = [name: string, value: ComponentChildren | null | undefined];

export function Facts({ facts }: { facts: Fact[] }) {
  const known = facts.filter(([, value]) => value !== null && value !== undefined && value !== "");
  return (
    <dl class="facts">
      {known.map(([name, value]) => (
        <>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </>
      ))}
    </dl>
  );
}
