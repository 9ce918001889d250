import { effect, signal } from "@preact/signals";

/** The look of the page; `system` follows the setting of the person's system. */
type Theme = "system" | "light" | "dark";

const key = "playbooks-theme";

/** The chosen theme. It is kept in the browser. */
export const theme = signal<Theme>(storedTheme());

effect(() => {
  const { classList } = document.documentElement;
  classList.toggle("dark", theme.value === "dark");
  classList.toggle("light", theme.value === "light");
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

/** Whether the page is dark now. */
export function isDark(): boolean {
  if (theme.value !== "system") return theme.value === "dark";
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

function storedTheme(): Theme {
  try {
    const stored = localStorage.getItem(key);
    return stored === "light" || stored === "dark" ? stored : "system";
  } catch {
    return "system";
  }
}
