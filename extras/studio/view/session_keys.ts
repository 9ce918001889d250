import { useEffect } from "preact/hooks";
import { inspectorTabs, type SessionView } from "../state/session_view.ts";
import { isTyping } from "./keys.ts";
import { stepped } from "./scrubber.tsx";

/** Listens for the keys of the page of a session, while it is the page to use; the help lists them. */
export function useSessionKeys(view: SessionView, isUsed: boolean): void {
  useEffect(() => {
    if (!isUsed) return;
    const listen = (event: KeyboardEvent) => {
      if (isTyping(event) || event.ctrlKey || event.metaKey || event.altKey) return;
      const action = actionOf(event.key, view);
      if (!action) return;
      event.preventDefault();
      view.openRow.value = undefined;
      action();
    };
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  }, [view, isUsed]);
}

function actionOf(key: string, view: SessionView): (() => void) | undefined {
  const position = view.position.value ?? view.last;
  const step = (by: number) => () => view.goTo(stepped(view, position, by));
  const press = (selector: string) => () => document.querySelector<HTMLElement>(selector)?.click();
  switch (key) {
    case "j":
      return step(1);
    case "k":
      return step(-1);
    case "[":
      return () => goToTurn(view, position, -1);
    case "]":
      return () => goToTurn(view, position, 1);
    case ".":
      return () => view.goTo(undefined);
    case ",":
      return () => view.goTo(1);
    case "+":
    case "=":
      return press('[data-key="zoom-in"]');
    case "-":
      return press('[aria-label="Zoom out"]');
    case "0":
      return press('[aria-label="Show all"]');
    case "a":
      return () => document.querySelector<HTMLElement>(".answer textarea")?.focus();
    default: {
      const tab = inspectorTabs[Number(key) - 1];
      return tab && (view.actions || tab !== "compare") ? () => void (view.tab.value = tab) : undefined;
    }
  }
}

/** Goes to the turn before or after a position. */
function goToTurn(view: SessionView, position: number, by: number): void {
  const { table } = view;
  const turns = table.rowsOf(new Set(["answer", "code"])).map((row) => table.entries[row]!);
  const target = by > 0 ? turns.find((turn) => turn > position) : turns.findLast((turn) => turn < position);
  if (target !== undefined) view.goTo(target);
}
