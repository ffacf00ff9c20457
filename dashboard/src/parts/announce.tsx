// Short notices, shown for a moment and read out by screen readers.

import { signal } from "@preact/signals";

const notice = signal("");
let timer: ReturnType<typeof setTimeout> | undefined;

export function announce(text: string): void {
  clearTimeout(timer);
  notice.value = text;
  timer = setTimeout(() => (notice.value = ""), 4000);
}

export function Notices() {
  return (
    <div class={`notice ${notice.value ? "shown" : ""}`} role="status">
      {notice.value}
    </div>
  );
}
