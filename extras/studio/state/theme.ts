import { effect, signal } from "@preact/signals";

/** The look of the page; `system` follows the setting of the person's system. */
type Theme = "system" | "light" | "dark";

const key = "playbooks-theme";

/** The chosen theme. It is kept in the browser. */
const theme = signal<Theme>(storedTheme());

const system = matchMedia("(prefers-color-scheme: dark)");
const isSystemDark = signal(system.matches);
system.addEventListener("change", ({ matches }) => isSystemDark.value = matches);

effect(() => {
  document.documentElement.classList.toggle("dark", isDark());
  try {
    localStorage.setItem(key, theme.value);
  } catch {
    // A saved page, or a browser that keeps nothing.
  }
});

/** Takes the other look than the present one. */
export function switchTheme(): void {
  theme.value = isDark() ? "light" : "dark";
}

/** Whether the page is dark now. A view that reads it is drawn again when that changes. */
export function isDark(): boolean {
  return theme.value === "system" ? isSystemDark.value : theme.value === "dark";
}

function storedTheme(): Theme {
  try {
    const stored = localStorage.getItem(key);
    return stored === "light" || stored === "dark" ? stored : "system";
  } catch {
    return "system";
  }
}
