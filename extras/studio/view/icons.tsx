/** Drawings of 16 × 16; the text beside them, or the label of their button, says the same. */
const paths = {
  play: "M5 3.5v9l7-4.5z",
  stop: "M4.5 4.5h7v7h-7z",
  fork: "M5 3v10M5 9c0-3 6-1 6-5M11 3.6v.8",
  pen: "M3.5 12.5l.6-2.6 6.5-6.5 2 2-6.5 6.5z",
  first: "M4 4v8M12 4l-5 4 5 4z",
  back: "M10.5 4l-5 4 5 4z",
  next: "M5.5 4l5 4-5 4z",
  last: "M12 4v8M4 4l5 4-5 4z",
  sun:
    "M8 5.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5zM8 1.5v1.6M8 12.9v1.6M1.5 8h1.6M12.9 8h1.6M3.4 3.4l1.1 1.1M11.5 11.5l1.1 1.1M3.4 12.6l1.1-1.1M11.5 4.5l1.1-1.1",
  moon: "M12.5 9.6A5 5 0 0 1 6.4 3.5a5 5 0 1 0 6.1 6.1z",
  plus: "M8 3.5v9M3.5 8h9",
  minus: "M3.5 8h9",
  fit: "M3 6V3h3M13 6V3h-3M3 10v3h3M13 10v3h-3",
  search: "M7 3a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM10 10l3.2 3.2",
  close: "M4 4l8 8M12 4l-8 8",
  clock: "M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM8 5v3.2l2.2 1.3",
  left: "M10 3.5L5.5 8l4.5 4.5",
  keys: "M2 4.5h12v7H2zM4.5 7h.1M7 7h.1M9.5 7h.1M11.8 7h.1M5 9.3h6",
  more: "M3.5 8h.1M8 8h.1M12.5 8h.1",
  copy: "M6 6h7v7H6zM3 10V3h7",
  trash: "M3.5 5h9M6.5 5V3.5h3V5M5 5l.5 8h5l.5-8",
} as const;

/** Names of the drawings. */
export type IconName = keyof typeof paths;

const filled: ReadonlySet<IconName> = new Set(["play", "stop", "back", "next"]);

/** A small drawing that screen readers skip. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class={filled.has(name) ? "icon filled" : "icon"} viewBox="0 0 16 16" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}
