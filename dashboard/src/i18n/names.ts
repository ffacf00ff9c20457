// What metrics and dimensions are called: in German by our own catalogue, else as the server calls them.

import { dimensionNamed, metricNamed } from "../state/catalogue";
import { maybe } from "./index";

const plain = (name: string) => name.replace(/^(item_)?property:/, "").replaceAll("_", " ");

/** Returns what a metric is called. */
export function metricLabel(name: string): string {
  const bare = name.replace(/:previous$/, "");
  return maybe(`metric.${bare}`, metricNamed(bare)?.label ?? plain(bare));
}

/** Returns what a dimension is called; a property by its own name. */
export function dimensionLabel(name: string): string {
  if (name.includes(":")) return plain(name);
  return maybe(`dimension.${name}`, dimensionNamed(name)?.label ?? plain(name));
}

/** Returns what a column of any analysis is called. */
export function columnLabel(name: string): string {
  if (metricNamed(name)) return metricLabel(name);
  if (dimensionNamed(name)) return dimensionLabel(name);
  const [figure, model] = name.split(":");
  if (figure === "measure" && model) return maybe(`column.${model}`, metricNamed(model) ? metricLabel(model) : plain(model));
  if (figure && model && metricNamed(figure)) return `${metricLabel(figure)} · ${maybe(`model.${model}`, plain(model))}`;
  return maybe(`column.${name}`, plain(name));
}
