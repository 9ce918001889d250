import type { ComponentChildren } from "preact";
import { cleanText } from "../../../src/text/mod.ts";

/** Code with colours. It takes no keys from the page, but it can be scrolled with them. */
export function CodeText({ text, label = "Code" }: { readonly text: string; readonly label?: string }) {
  return (
    <pre
      class="code"
      tabIndex={0}
      role="group"
      aria-label={label}
    ><code>{colouredCode(cleanText(text))}</code></pre>
  );
}

/** The parts of code, each with the class of its kind. A text of any language is fine. */
function colouredCode(text: string): ComponentChildren {
  if (text.length > maxColouredLength) return text;
  const parts: ComponentChildren[] = [];
  let end = 0;
  for (const match of text.matchAll(tokens)) {
    const kind = kindOf(match.groups ?? {});
    if (kind === undefined) continue;
    if (match.index > end) parts.push(text.slice(end, match.index));
    parts.push(<span class={kind}>{match[0]}</span>);
    end = match.index + match[0].length;
  }
  parts.push(text.slice(end));
  return parts;
}

/** A longer text would make too many elements. */
const maxColouredLength = 50_000;

// Each alternative is linear: a text without its closing sign ends with the line or the text.
const tokens =
  /(?<comment>\/\/[^\n]*|\/\*[^]*?(?:\*\/|$))|(?<text>"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?|`(?:\\[^]|[^`\\])*`?)|(?<number>\b\d[\w.]*)|(?<word>[\p{L}_$][\p{L}\p{N}_$]*)(?<called>(?=\s{0,9}\())?/gu;

const keywords = new Set(
  ("async await break case catch class const continue default delete do else export finally for function if in " +
    "instanceof let new of return switch throw try typeof undefined var void while yield null true false")
    .split(" "),
);

function kindOf(groups: Readonly<Record<string, string | undefined>>): string | undefined {
  if (groups["comment"] !== undefined) return "c-comment";
  if (groups["text"] !== undefined) return "c-text";
  if (groups["number"] !== undefined) return "c-number";
  const word = groups["word"];
  if (word === undefined || groups["called"] === undefined && !keywords.has(word)) return undefined;
  return keywords.has(word) ? "c-keyword" : "c-call";
}
