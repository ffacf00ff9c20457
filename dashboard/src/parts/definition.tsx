// What a metric or dimension means, in the reader's language. The server's catalogue is English; what it says in German is
// fetched when the first definition is looked at.

import { useEffect, useState } from "preact/hooks";
import { language } from "../i18n";
import { dimensionNamed, metricNamed } from "../state/catalogue";

type Definitions = Record<string, string>;

let german: Promise<Definitions> | undefined;

const loadGerman = () => (german ??= import("../i18n/de/definitions.json").then((found) => found.default as Definitions));

/** Returns German definitions while German is shown; null until they are there, and in other languages. */
export function useDefinitions(): Definitions | null {
  const [found, set] = useState<Definitions | null>(null);
  const isGerman = language.value === "de";
  useEffect(() => {
    if (isGerman) loadGerman().then(set, () => undefined);
  }, [isGerman]);
  return isGerman ? found : null;
}

/** The definition of the metric or dimension `name`, and how a metric is reckoned. */
export function Definition({ name, hasFormula = true }: { name: string; hasFormula?: boolean }) {
  const translated = useDefinitions();
  const metric = metricNamed(name);
  const found = metric ?? dimensionNamed(name);
  if (!found) return null;
  const text = translated?.[`${metric ? "metric" : "dimension"}.${found.name}`];
  return (
    <>
      <p lang={text ? undefined : "en"}>{text ?? found.definition}</p>
      {hasFormula && metric?.formula && (
        <p>
          <Formula name={found.name} />
        </p>
      )}
    </>
  );
}

/** How a metric is reckoned; nothing where its definition says all. */
export function Formula({ name }: { name: string }) {
  const formula = metricNamed(name)?.formula;
  const translated = useDefinitions();
  return formula ? <code>{translated?.[`formula.${name}`] ?? formula}</code> : null;
}
