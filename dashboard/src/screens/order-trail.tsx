// Who said what about an order, from which statement each field was taken, and who says otherwise.

import { maybe, t } from "../i18n";
import * as format from "../i18n/format";
import { Figure } from "../parts/figure";
import { Trust } from "../parts/order-table";
import { TableBox } from "../parts/tablebox";

interface Statement {
  event: string;
  kind: string;
  order_id: string;
  occurred_at: string;
  received_at: string;
  dialect: string | null;
  origin: string;
  trust: string;
  position: number;
  order: Record<string, unknown> | null;
  refund: Record<string, unknown> | null;
  items: unknown[];
}

export interface Trail {
  statements: Statement[];
  taken: Record<string, { statement: number | null } | { statement: number | null }[]>;
  disagreements: { field: string; statement: number | null; says: string; taken: string }[];
}

const fieldName = (field: string) => maybe(`field.${field}`, field.replaceAll("_", " "));

export function Disagreements({ trail }: { trail: Trail }) {
  return (
    <TableBox>
      <table class="table">
        <caption class="hidden">{t("order.disagreements")}</caption>
        <thead>
          <tr>
            <th scope="col">{t("order.field")}</th>
            <th scope="col">{t("order.taken")}</th>
            <th scope="col">{t("order.says")}</th>
            <th scope="col">{t("order.who")}</th>
          </tr>
        </thead>
        <tbody>
          {trail.disagreements.map((one, at) => (
            <tr key={at}>
              <th scope="row">{fieldName(one.field)}</th>
              <td class="text">{one.taken}</td>
              <td class="text">{one.says}</td>
              <td class="text">{one.statement === null ? "" : who(trail.statements[one.statement], one.statement)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

function who(statement: Statement | undefined, at: number): string {
  if (!statement) return "";
  const origin = maybe(`value.order_source.${statement.origin}`, statement.origin);
  return t("order.statement_of", { n: at + 1, who: [origin, statement.dialect].filter(Boolean).join(", ") });
}

/** Returns the fields that were taken from the statement at `at`. */
function takenFrom(trail: Trail, at: number): string[] {
  return Object.entries(trail.taken)
    .filter(([, from]) => (Array.isArray(from) ? from.some((one) => one.statement === at) : from.statement === at))
    .map(([field]) => fieldName(field));
}

/** Returns what was stated, without what was left unsaid. */
function said(stated: Record<string, unknown>): [string, string][] {
  return Object.entries(stated)
    .filter(([, value]) => value !== null && value !== undefined && !(Array.isArray(value) && value.length === 0))
    .map(([name, value]) => [name, typeof value === "object" ? JSON.stringify(value) : String(value)]);
}

export function Statements({ trail, call }: { trail: Trail; call: string }) {
  return (
    <ol class="timeline">
      {trail.statements.map((statement, at) => {
        const taken = takenFrom(trail, at);
        const stated = statement.order ?? statement.refund;
        return (
          <li key={statement.event}>
            <p class="row">
              <strong>{who(statement, at)}</strong>
              <span class="tag">{maybe(`value.event.${statement.kind}`, statement.kind)}</span>
              <Trust trust={statement.trust} />
            </p>
            <p class="when">
              {format.instant(statement.occurred_at)} · {t("order.received", { at: format.instant(statement.received_at) })} · {t("order.position")}{" "}
              <Figure value={statement.position} unit="count" call={call} at={`statements.${at}.position`} />
            </p>
            {taken.length > 0 && <p class="muted">{t("order.taken_fields", { fields: taken.join(", ") })}</p>}
            <details>
              <summary>{t("order.stated")}</summary>
              {stated && (
                <dl class="facts">
                  {said(stated).map(([name, value]) => (
                    <>
                      <dt>
                        <code>{name}</code>
                      </dt>
                      <dd>{value}</dd>
                    </>
                  ))}
                </dl>
              )}
              {statement.items.length > 0 && <pre>{JSON.stringify(statement.items, null, 2)}</pre>}
            </details>
          </li>
        );
      })}
    </ol>
  );
}
