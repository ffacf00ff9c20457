// Customers: how many are new, how many come back, and who they are as far as the shop has named them.

import { useAnswer } from "../api/answers";
import { analysisPath, columnOf, listPath, reportPath } from "../api/report";
import type { ListMeta, Report } from "../api/types";
import { t } from "../i18n";
import * as format from "../i18n/format";
import { AnalysisPanel } from "../parts/analysis-panel";
import { Cards } from "../parts/cards";
import { Choice, chosen } from "../parts/choice";
import { ColumnChooser } from "../parts/column-chooser";
import { Figure } from "../parts/figure";
import { ListPanel, PAGE_ROWS, pageOffset } from "../parts/list-panel";
import { ListTable, shownColumns, type ListColumn } from "../parts/list-table";
import { ReportPanel } from "../parts/report-panel";
import { ReportTable } from "../parts/table";
import { Title } from "../parts/title";
import { granularity } from "../state/period";
import { site } from "../state/session";
import { href } from "../state/url";

const METRICS = ["customers", "new_customers", "returning_customers", "orders_new_customers", "repeat_purchase_rate", "lifetime_value"];

interface Customer {
  customer: string;
  user_id: string | null;
  email_hash: string | null;
  email: string | null;
  orders: number;
  net_sales: string;
  first_order_at: string | null;
  last_order_at: string | null;
}

/** Returns what a customer is called, as far as the shop keeps it. */
export function customerName(customer: Pick<Customer, "customer" | "user_id" | "email" | "email_hash">): string {
  return customer.user_id ?? customer.email ?? (customer.email_hash ? `${customer.email_hash.slice(0, 12)}…` : customer.customer);
}

/** The columns of a list that answers `call`. */
function customerColumns(call: string): ListColumn<Customer>[] {
  return [
    { name: "customer", label: "order.customer", cell: (customer) => <a href={href(`/customers/${customer.customer}`)}>{customerName(customer)}</a> },
    { name: "orders", label: "customers.orders", isFigure: true, cell: (customer, at) => <Figure value={customer.orders} unit="count" call={call} at={`customers.${at}.orders`} /> },
    { name: "net_sales", label: "customers.net_sales", isFigure: true, cell: (customer, at) => <Figure value={customer.net_sales} unit={site.value?.currency ?? ""} call={call} at={`customers.${at}.net_sales`} /> },
    { name: "first_order_at", label: "customers.first_order", class: "nowrap", cell: (customer) => format.instant(customer.first_order_at, "short") },
    { name: "last_order_at", label: "customers.last_order", class: "nowrap", cell: (customer) => format.instant(customer.last_order_at, "short") },
    { name: "email", label: "users.email", isExtra: true, cell: (customer) => customer.email ?? format.NOTHING },
  ];
}

export function Customers() {
  const figures = useAnswer<Report>(reportPath({ metrics: METRICS, granularity: granularity.value, isCompared: true }));
  const order = chosen("order", "last_order");
  const parameters = { limit: String(PAGE_ROWS), order } as Record<string, string>;
  if (pageOffset()) parameters["offset"] = String(pageOffset());
  const sort = (
    <Choice
      name="order"
      label={t("customers.order")}
      otherwise="last_order"
      options={[
        ["last_order", t("customers.last_order")],
        ["net_sales", t("customers.net_sales")],
        ["orders", t("customers.orders")],
      ]}
      clears={["page"]}
    />
  );
  return (
    <>
      <Title hasPeriod>{t("nav.customers")}</Title>
      {figures.data && <Cards report={figures.data} call={figures.call} metrics={METRICS} isStale={figures.loading} />}
      <div class="grid">
        <div class="span-6">
          <ReportPanel id="kinds" title={t("customers.kinds")} metrics={["net_sales", "orders", "customers", "average_order_value"]} dimensions={["customer_type"]} hasTotals />
        </div>
        <div class="span-6">
          <ReportPanel id="won" title={t("customers.won")} metrics={["customers", "net_sales", "lifetime_value"]} dimensions={["first_channel"]} by="customers" />
        </div>
        <div class="span-7">
          <AnalysisPanel title={t("customers.rfm")} note={t("customers.rfm_note")} path={analysisPath("rfm")} bar="net_sales" />
        </div>
        <div class="span-5">
          <AnalysisPanel title={t("customers.intervals")} note={t("customers.intervals_note")} path={analysisPath("purchase-intervals")}>
            {(report, answer) => <Intervals report={report} call={answer.call} />}
          </AnalysisPanel>
        </div>
        <div class="span-12">
          <ListPanel<{ customers: Customer[]; meta: ListMeta }>
            title={t("customers.list")}
            note={t("customers.list_note")}
            path={listPath("customers", parameters)}
            tools={<>{sort}<ColumnChooser id="customers" columns={customerColumns("")} /></>}
            count={(data) => data.customers.length}
            isPaged
            empty={<p>{t("empty.customers")}</p>}
          >
            {(data, answer) => (
              <ListTable caption={t("customers.list")} columns={shownColumns("customers", customerColumns(answer.call))} rows={data.customers} key_of={(customer) => customer.customer} />
            )}
          </ListPanel>
        </div>
      </div>
    </>
  );
}

/** The lengths of each kind of interval; empty ranges are left out. */
function Intervals({ report, call }: { report: Report; call: string }) {
  const [kind, orders] = [columnOf(report, "interval"), columnOf(report, "orders")];
  const kinds = [...new Set(report.rows.map((row) => String(row[kind])))];
  return (
    <>
      {kinds.map((name) => (
        <section key={name}>
          <h3>{format.value("interval", name)}</h3>
          <ReportTable
            report={report}
            call={call}
            caption={format.value("interval", name)}
            columns={["range", "orders", "orders_share"]}
            bar="orders"
            where={(row) => row[kind] === name && row[orders] !== 0}
          />
        </section>
      ))}
    </>
  );
}
