/** A text of at most `maxCharacters`; a longer one is cut, with its length and a hint where the rest is. */
export function cutText(
  text: string,
  { maxCharacters, rest }: { readonly maxCharacters: number; readonly rest?: string },
): string {
  if (text.length <= maxCharacters) return text;
  const hint = rest === undefined ? "" : `; ${rest}`;
  return `${text.slice(0, maxCharacters)}… (${text.length} characters${hint})`;
}
