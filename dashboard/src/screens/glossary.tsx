// What every metric and dimension means, from the server's own catalogue and its German translation.

import { t } from "../i18n";
import { dimensionLabel, metricLabel } from "../i18n/names";
import { Definition, useDefinitions } from "../parts/definition";
import { Panel } from "../parts/panel";
import { Empty } from "../parts/states";
import { Title } from "../parts/title";
import { catalogue } from "../state/catalogue";
import { href, query, set } from "../state/url";

export function Glossary() {
  const typed = query.value.get("q") ?? "";
  const fits = (...texts: string[]) => texts.some((text) => text.toLowerCase().includes(typed.trim().toLowerCase()));
  const translated = useDefinitions();
  const said = (key: string, definition: string) => translated?.[key] ?? definition;
  const metrics = catalogue.value.metrics.filter((m) => fits(m.name, metricLabel(m.name), said(`metric.${m.name}`, m.definition)));
  const dimensions = catalogue.value.dimensions.filter((d) => fits(d.name, dimensionLabel(d.name), said(`dimension.${d.name}`, d.definition)));
  return (
    <>
      <Title tools={<input type="search" aria-label={t("glossary.search")} placeholder={t("glossary.search")} value={typed} onInput={(event) => set({ q: event.currentTarget.value || null }, "replace")} />}>
        {t("nav.glossary")}
      </Title>
      <div class="grid">
        <div class="span-7">
          <Panel title={t("glossary.metrics")}>
            {metrics.length === 0 && <Empty title={t("glossary.nothing")} />}
            <dl class="terms">
              {metrics.map((metric) => (
                <div key={metric.name} id={metric.name}>
                  <dt>
                    <a href={href("/explore", { metrics: metric.name })}>{metricLabel(metric.name)}</a> <code>{metric.name}</code>
                  </dt>
                  <dd>
                    <Definition name={metric.name} />
                  </dd>
                </div>
              ))}
            </dl>
          </Panel>
        </div>
        <div class="span-5">
          <Panel title={t("glossary.dimensions")}>
            {dimensions.length === 0 && <Empty title={t("glossary.nothing")} />}
            <dl class="terms">
              {dimensions.map((dimension) => (
                <div key={dimension.name} id={dimension.name}>
                  <dt>
                    {dimensionLabel(dimension.name)} <code>{dimension.name}</code>
                  </dt>
                  <dd>
                    <Definition name={dimension.name} />
                  </dd>
                </div>
              ))}
            </dl>
          </Panel>
        </div>
      </div>
    </>
  );
}
