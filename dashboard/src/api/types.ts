// The answers of the API that the dashboard reads. Money and quantities are decimal text, never binary floats.

/** One cell of a report: a count or ratio, decimal text or a dimension's value, or null for unknown. */
export type Cell = string | number | boolean | null;

export interface Column {
  name: string;
  kind: "dimension" | "metric" | string;
  unit: string | null;
}

export interface ReportMeta {
  currency: string;
  timezone: string;
  from: string;
  to: string;
  as_of: string | null;
  as_of_position: number;
  rows_total: number;
  compared: { from: string; to: string } | null;
  additive: string[];
  refund_view: string;
  unconverted: { currency: string; orders: number; order_total: string }[];
  [other: string]: unknown;
}

/** What every report answers. */
export interface Report {
  columns: Column[];
  rows: Cell[][];
  totals: Cell[];
  meta: ReportMeta;
}

export interface Metric {
  name: string;
  label: string;
  definition: string;
  formula: string;
  unit: string;
}

export interface Dimension {
  name: string;
  label: string;
  definition: string;
}

export interface Catalogue {
  metrics: Metric[];
  dimensions: Dimension[];
  settings: { name: string; takes: string }[];
  /** What lists and segments can be narrowed by beside the dimensions; missing where lists take no filter. */
  fields?: Dimension[];
}

export interface Site {
  id: number;
  domain: string;
  name?: string;
  currency: string;
  timezone: string;
  role?: string;
}

export interface Session {
  user: { email: string; name: string; language?: string; totp?: boolean; owner?: boolean } | null;
  csrf: string;
  demo?: boolean;
  /** The share that the session was opened by. */
  share?: { id: string; name: string; filter: string };
  sites: Site[];
}

export interface OrderSummary {
  order_id: string;
  placed_at: string;
  status: string;
  counts: boolean;
  test: boolean;
  currency: string;
  order_total: string;
  order_total_reporting?: string | null;
  refunded: string;
  net: string;
  net_sales?: string;
  customer?: string | null;
  lines?: number;
  channel: string | null;
  campaign: string | null;
  origin: string;
  trust: string;
  statements?: number;
  marks: string[];
}

export interface CartItem {
  sku: string | null;
  product: string | null;
  brand: string | null;
  variant: string | null;
  price: string | null;
  quantity: string;
  gross: string;
}

export interface Cart {
  cart: string;
  cart_id: string | null;
  state: string;
  created_at: string;
  changed_at: string;
  ordered_at: string | null;
  currency: string;
  value: string;
  value_reporting: string | null;
  units: string;
  checkout_step: string | null;
  coupon: string | null;
  channel: string | null;
  source: string | null;
  medium: string | null;
  campaign: string | null;
  visitor: string | null;
  customer: string | null;
  has_contact: boolean;
  contact: string | null;
  email: string | null;
  recovery_url: string | null;
  items: CartItem[];
}

export interface ListMeta {
  count: number;
  total?: number;
  offset?: number;
  currency?: string;
  as_of?: string | null;
}

export interface LiveEvent {
  position: number;
  occurred_at: string;
  name: string;
  visitor: string | null;
  visit: string | null;
  dialect: string | null;
  origin: string | null;
  trust: string | null;
  host: string | null;
  page: string | null;
  page_title: string | null;
  search_term: string | null;
  bot: string | null;
  sent?: Record<string, unknown> | null;
}
