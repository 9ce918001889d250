import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { Icon, type IconName } from "./icons.tsx";

interface MenuItem {
  readonly text: string;
  readonly icon: IconName;
  readonly isDangerous?: boolean;
  readonly run: () => void;
}

/** A button with a menu. The focus goes into the menu, and back to the button before an item runs. */
export function Menu({ text, items }: { readonly text: string; readonly items: readonly MenuItem[] }) {
  const isOpen = useSignal(false);
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const leave = () => {
    isOpen.value = false;
    button.current?.focus();
  };
  useLayoutEffect(() => {
    if (isOpen.value) keepOnScreen(box.current!.querySelector<HTMLElement>("[role=menu]")!);
  }, [isOpen.value]);
  useEffect(() => {
    if (!isOpen.value) return;
    box.current!.querySelector<HTMLElement>("[role=menuitem]")?.focus();
    const closeOutside = ({ target }: Event) => {
      if (!box.current?.contains(target as Node)) isOpen.value = false;
    };
    addEventListener("pointerdown", closeOutside);
    return () => removeEventListener("pointerdown", closeOutside);
  }, [isOpen.value]);
  return (
    <div class="menu" ref={box}>
      <button
        type="button"
        class="quiet"
        ref={button}
        aria-haspopup="menu"
        aria-expanded={isOpen.value}
        onClick={() => isOpen.value = !isOpen.value}
        onKeyDown={(event) => {
          if (event.key !== "ArrowDown") return;
          event.preventDefault();
          isOpen.value = true;
        }}
      >
        <Icon name="more" /> {text}
      </button>
      {isOpen.value
        ? (
          <div
            class="menu-items"
            role="menu"
            aria-label={text}
            onKeyDown={(event) => onMenuKey(event, leave)}
          >
            {items.map(({ text, icon, isDangerous, run }) => (
              <button
                key={text}
                type="button"
                role="menuitem"
                tabIndex={-1}
                class={isDangerous ? "quiet danger" : "quiet"}
                onClick={() => {
                  leave();
                  run();
                }}
              >
                <Icon name={icon} /> {text}
              </button>
            ))}
          </div>
        )
        : null}
    </div>
  );
}

/** Moves the focus with the arrow keys. Escape and Tab leave the menu. */
function onMenuKey(event: KeyboardEvent, leave: () => void): void {
  const items = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>("[role=menuitem]")];
  const at = items.indexOf(document.activeElement as HTMLElement);
  const focus = (index: number) => items.at(index % items.length)?.focus();
  switch (event.key) {
    case "ArrowDown":
      focus(at + 1);
      break;
    case "ArrowUp":
      focus(at - 1);
      break;
    case "Home":
      focus(0);
      break;
    case "End":
      focus(-1);
      break;
    case "Escape":
      leave();
      break;
    case "Tab":
      // The browser then moves the focus on from the button.
      return leave();
    default:
      return;
  }
  event.preventDefault();
}

/** The smallest distance of a menu from the edge of the screen, pixels. */
const edge = 8;

function keepOnScreen(menu: HTMLElement): void {
  const { left } = menu.getBoundingClientRect();
  if (left < edge) menu.style.transform = `translateX(${edge - left}px)`;
}
