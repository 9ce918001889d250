/**
 * Whether a Markdown parser could take long: it takes quadratic time for deep quotes and lists, and for wide tables. Such
 * words are no conversation, and must not delay the screen.
 */
export function isCostlyMarkdown(text: string): boolean {
  if (text.length > maxMarkdownLength) return true;
  return text.split("\n").some((line) => {
    const pipes = line.split("|").length;
    return pipes > maxTableColumns ||
      /^(?:[>\s]|[*+-]\s)*/.exec(line)![0].replace(/\s/g, "").length > maxDepth;
  });
}

const maxMarkdownLength = 20_000;
const maxTableColumns = 50;
/** Quotes and lists inside each other. */
const maxDepth = 100;
