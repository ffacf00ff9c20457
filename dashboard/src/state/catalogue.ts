// What can be asked, from the server's own catalogue: names, units, definitions, formulas.

import { computed, signal } from "@preact/signals";
import { ask } from "../api/answers";
import type { Catalogue, Dimension, Metric } from "../api/types";

export const catalogue = signal<Catalogue>({ metrics: [], dimensions: [], settings: [] });

const metrics = computed(() => new Map(catalogue.value.metrics.map((m) => [m.name, m])));
const dimensions = computed(() => new Map(catalogue.value.dimensions.map((d) => [d.name, d])));

export async function loadCatalogue(): Promise<void> {
  catalogue.value = await ask<Catalogue>("/api/v1/catalogue");
}

/** Says whether lists of orders, carts and customers take the filter of the screen. */
export const listsTakeFilters = computed(() => catalogue.value.fields !== undefined);

/** Returns a metric of the catalogue, also by the name of its column in a comparison. */
export const metricNamed = (name: string): Metric | undefined => metrics.value.get(name.replace(/:previous$/, ""));

export const dimensionNamed = (name: string): Dimension | undefined =>
  dimensions.value.get(name.replace(/:.*$/, ""));
