/** Beside the tracker's script: `<script async src=".../autocapture.js">`. */
import { watch } from "../autocapture";

type Call = (name: string, payload: unknown) => void;
const w = window as unknown as { tallyho?: Call & { q?: unknown[] } };

try {
  watch((name, payload) => w.tallyho?.(name, payload));
} catch {}
