// Icons of one stroke, drawn here: sixteen units square, in the colour of the text. They are decoration; words stand
// beside them or in the control's label.

const PATHS = {
  overview: "M2 13.5h12M4 11V7m4 4V3m4 8V6",
  products: "M2.5 5 8 2l5.5 3v6L8 14l-5.5-3zM2.5 5 8 8l5.5-3M8 8v6",
  orders: "M3.5 2h9v12l-2.2-1.4L8 14l-2.300-1.400L3.500 14zM6 5.500h4M6 8.500h4",
  carts: "M1.500 2.500h2l1.800 7.500h6.700l1.500-5.500H4.200M6 13.200h.01M11.500 13.200h.01",
  customers: "M8 8a2.600 2.600 0 1 0 0-5.200A2.600 2.600 0 0 0 8 8zM2.800 13.800c.6-2.800 2.600-4 5.200-4s4.600 1.200 5.200 4",
  acquisition: "M2 8h3l2-5 3 10 2-5h2",
  attribution: "M3 3h4v4H3zM9 9h4v4H9zM7 5h2.500a1.500 1.500 0 0 1 1.500 1.500V9",
  funnels: "M2 3h12l-4.500 5.500V13l-3-1.500V8.500z",
  cohorts: "M2.500 2.500h11v11h-11zM2.500 6.200h11M2.500 9.800h11M6.200 2.500v11M9.800 2.500v11",
  segments: "M8 2a6 6 0 1 0 6 6H8z M10.500 1.800A6 6 0 0 1 14.200 5.500h-3.700z",
  live: "M8 9.500a1.500 1.500 0 1 0 0-3 1.500 1.500 0 0 0 0 3zM4.500 11.500a5 5 0 0 1 0-7m7 0a5 5 0 0 1 0 7",
  explore: "M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10zM10.800 10.800 14 14",
  health: "M1.500 8.500h3L6.500 4l3 8 2-3.500h3",
  settings: "M8 10.200a2.200 2.200 0 1 0 0-4.400 2.200 2.200 0 0 0 0 4.400zM8 1.800v2m0 8.400v2M1.800 8h2m8.400 0h2M3.600 3.600 5 5m6 6 1.400 1.400m0-8.800L11 5m-6 6-1.400 1.400",
  glossary: "M3 2.500h7.500A2.500 2.500 0 0 1 13 5v8.500H5.500A2.500 2.500 0 0 1 3 11zM5.800 6H10M5.800 8.800H10",
  menu: "M2 4h12M2 8h12M2 12h12",
  more: "M3.500 8h.01M8 8h.01M12.500 8h.01",
  close: "m3.500 3.500 9 9m0-9-9 9",
  down: "m4 6 4 4 4-4",
  info: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 7.200v3.600M8 5.200h.01",
  plus: "M8 3v10M3 8h10",
  check: "m3 8.500 3.200 3.200L13 4.800",
  warn: "M8 2 1.800 13.200h12.400zM8 6.500v3M8 11.300h.01",
  filter: "M2.500 4h11M4.500 8h7M6.500 12h3",
  calendar: "M2.500 3.500h11v10h-11zM2.500 6.500h11M5.500 1.800v3m5-3v3",
  table: "M2.500 3h11v10h-11zM2.500 6.300h11M2.500 9.700h11M6.500 3v10",
  chart: "M2 13.500h12M3 10.500l3-3.500 2.500 2L13 4",
  copy: "M5.500 5.500h8v8h-8zM10.500 5.500v-3h-8v8h3",
  share: "M8 9.500V2m0 0L5 5m3-3 3 3M3 8.500V14h10V8.500",
  user: "M8 7.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5zM3.200 13.500c.5-2.600 2.400-3.700 4.800-3.700s4.300 1.100 4.800 3.700",
  next: "m6 4 4 4-4 4",
  back: "m10 4-4 4 4 4",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
