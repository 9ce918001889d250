/** Whether a key is part of what the person writes, or of a dialog or a menu. */
export function isTyping({ target }: KeyboardEvent): boolean {
  if (!(target instanceof HTMLElement)) return false;
  const places = "input:not([type=range]):not([type=checkbox]), textarea, select, dialog, [role=menu]";
  return target.closest(places) !== null;
}
