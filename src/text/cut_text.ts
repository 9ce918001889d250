/** Cuts a text to `maxCharacters`. A cut text names its whole length, and the place of the rest. */
export function cutText(
  text: string,
  { maxCharacters, rest }: { readonly maxCharacters: number; readonly rest?: string },
): string {
  if (text.length <= maxCharacters) return text;
  const hint = rest === undefined ? "" : `; ${rest}`;
  return `${text.slice(0, maxCharacters)}… (${text.length} characters${hint})`;
}
