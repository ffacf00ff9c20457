// A part that is loaded when it is first needed, so that the first screen does not carry it.

import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";

export type LazyProps<P> = P & { load: () => Promise<ComponentType<P>> };

/** Shows what `load` brings, nothing until it is there. `load` must be the same function every time. */
export function Lazy<P extends object>({ load, ...props }: LazyProps<P>) {
  const [found, set] = useState<{ Part: ComponentType<P> } | null>(null);
  useEffect(() => void load().then((Part) => set({ Part }), () => undefined), [load]);
  return found && <found.Part {...(props as unknown as P)} />;
}
