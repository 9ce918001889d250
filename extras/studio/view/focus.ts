/** Whether no element has the focus. */
export function isUnfocused(): boolean {
  return document.activeElement === null || document.activeElement === document.body;
}
