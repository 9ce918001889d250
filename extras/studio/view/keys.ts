/** Whether a key is part of what the person writes, or of a dialog. */
export function isTyping({ target }: KeyboardEvent): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.closest("input:not([type=range]):not([type=checkbox]), textarea, select, dialog") !== null;
}
