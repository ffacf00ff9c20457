// Segments side by side: what stands for everything, and how many there may be.

import { t } from "../i18n";

/** The name that the API has for no segment at all. */
export const ALL = "all";
export const SEGMENTS_MAX = 5;

/** Returns what a segment is called. */
export const segmentName = (name: string): string => (name === ALL ? t("segments.everything") : name);
