// A choice of few that stands in the address.

import { hereWith, query, set } from "../state/url";

export interface ChoiceProps {
  name: string;
  label: string;
  /** The value that the address leaves out. */
  otherwise: string;
  options: [value: string, label: string][];
  /** Other parameters that a change takes away, such as the page. */
  clears?: string[];
}

/** Returns what is chosen. */
export const chosen = (name: string, otherwise: string): string => query.value.get(name) ?? otherwise;

export function Choice({ name, label, otherwise, options, clears = [] }: ChoiceProps) {
  const cleared = Object.fromEntries(clears.map((other) => [other, null]));
  return (
    <label>
      {label}
      <select
        value={chosen(name, otherwise)}
        onChange={(event) => {
          const value = event.currentTarget.value;
          set({ ...cleared, [name]: value === otherwise ? null : value });
        }}
      >
        {options.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

/** The same as links in a row. */
export function Tabs({ name, label, otherwise, options, clears = [] }: ChoiceProps) {
  const cleared = Object.fromEntries(clears.map((other) => [other, null]));
  const now = chosen(name, otherwise);
  return (
    <nav class="tabs" aria-label={label}>
      {options.map(([value, text]) => (
        <a key={value} href={hereWith({ ...cleared, [name]: value === otherwise ? null : value })} aria-current={value === now ? "true" : undefined}>
          {text}
        </a>
      ))}
    </nav>
  );
}
