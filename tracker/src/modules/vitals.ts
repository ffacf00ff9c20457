/** Beside the tracker's script: `<script async src=".../vitals.js">`. */
import { measure } from "../vitals";

type Call = (name: string, payload: unknown) => void;
const w = window as unknown as { tallyho?: Call & { q?: unknown[] } };

try {
  measure((name, payload) => w.tallyho?.(name, payload));
} catch {}
