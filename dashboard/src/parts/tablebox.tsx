// The box that a wide table scrolls in. Where it does, the keyboard can reach and scroll it.

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

export function TableBox({ children }: { children: ComponentChildren }) {
  const box = useRef<HTMLDivElement>(null);
  const [scrolls, set] = useState(false);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const look = () => set(element.scrollWidth > element.clientWidth);
    const watch = new ResizeObserver(look);
    watch.observe(element);
    if (element.firstElementChild) watch.observe(element.firstElementChild);
    return () => watch.disconnect();
  }, []);
  return (
    <div class="table-box" ref={box} tabIndex={scrolls ? 0 : undefined}>
      {children}
    </div>
  );
}
