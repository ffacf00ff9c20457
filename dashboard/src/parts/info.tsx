// What a metric or dimension means, beside its name: definition and formula from the server's catalogue.

import { t } from "../i18n";
import { dimensionLabel, metricLabel } from "../i18n/names";
import { dimensionNamed, metricNamed } from "../state/catalogue";
import { href } from "../state/url";
import { Definition } from "./definition";
import { Popover } from "./popover";

export function Info({ name }: { name: string }) {
  const metric = metricNamed(name);
  const found = metric ?? dimensionNamed(name);
  if (!found) return null;
  const label = metric ? metricLabel(name) : dimensionLabel(name);
  return (
    <Popover icon="info" class="quiet info" label={t("info.about", { name: label })}>
      <div class="info-box">
        <strong>{label}</strong>
        <Definition name={name} />
        <p class="muted">
          <code>{found.name}</code>
        </p>
        <a href={href("/glossary", { q: found.name })}>{t("nav.glossary")}</a>
      </div>
    </Popover>
  );
}
