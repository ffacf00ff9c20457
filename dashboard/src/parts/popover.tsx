// Menus and notes in the browser's own top layer: Escape and a click elsewhere close them without our doing.

import type { ComponentChildren } from "preact";
import { useId, useRef, useState } from "preact/hooks";
import { Icon, type IconName } from "./icon";

/** Puts `box` beside `button`, on the side of the window that has room. */
function place(button: HTMLElement, box: HTMLElement): void {
  const at = button.getBoundingClientRect();
  const [wide, high] = [document.documentElement.clientWidth, innerHeight];
  const isRight = at.left + at.width / 2 > wide / 2;
  const isLow = at.bottom > high * 0.66;
  const set = (name: string, value: string) => box.style.setProperty(name, value);
  set("left", isRight ? "auto" : `${Math.max(8, at.left)}px`);
  set("right", isRight ? `${Math.max(8, wide - at.right)}px` : "auto");
  set("top", isLow ? "auto" : `${at.bottom + 4}px`);
  set("bottom", isLow ? `${high - at.top + 4}px` : "auto");
  set("max-block-size", `${(isLow ? at.top : high - at.bottom) - 16}px`);
}

const FOCUSABLE = "a[href], button:not([disabled]), input, select, textarea";

/** Moves the focus among what a box holds. */
function walk(event: KeyboardEvent, box: HTMLElement): void {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const target = event.target as HTMLElement;
  if (target.matches("input, select, textarea")) return;
  const all = [...box.querySelectorAll<HTMLElement>(FOCUSABLE)];
  const step = event.key === "ArrowDown" ? 1 : -1;
  all[(all.indexOf(target) + step + all.length) % all.length]?.focus();
  event.preventDefault();
}

export interface PopoverProps {
  /** Says what the button does, where its face has no words. */
  label?: string;
  icon?: IconName;
  face?: ComponentChildren;
  class?: string;
  children: ComponentChildren | ((close: () => void) => ComponentChildren);
}

/** A button that opens a box. What is in the box is made only while it is open. */
export function Popover({ label, icon, face, class: kind = "", children }: PopoverProps) {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const [isOpen, setOpen] = useState(false);
  const close = () => {
    box.current?.hidePopover();
    button.current?.focus();
  };
  return (
    <>
      <button
        type="button"
        ref={button}
        class={`button ${kind}`}
        popovertarget={id}
        aria-expanded={isOpen}
        aria-label={label}
        title={face ? undefined : label}
      >
        {icon && <Icon name={icon} />}
        {face}
      </button>
      <div
        id={id}
        ref={box}
        popover="auto"
        class="popover"
        onBeforeToggle={(event) => {
          if (event.newState !== "open" || !button.current || !box.current) return;
          place(button.current, box.current);
          setOpen(true);
        }}
        onToggle={(event) => {
          if (event.newState === "open") return void box.current?.querySelector<HTMLElement>(FOCUSABLE)?.focus();
          // What had the focus is about to go; the button it came from is where one goes on.
          const now = document.activeElement;
          if (!now || now === document.body || box.current?.contains(now)) button.current?.focus();
          setOpen(false);
        }}
        onKeyDown={(event) => box.current && walk(event, box.current)}
      >
        {isOpen && (typeof children === "function" ? children(close) : children)}
      </div>
    </>
  );
}
