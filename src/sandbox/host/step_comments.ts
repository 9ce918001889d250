import type { Comment, Node } from "acorn";
import type { SourceEdits } from "./source_edits.ts";
import { childrenOf, identifierName, type Loose } from "./syntax.ts";

/** `// 02`, `// Step 02: ask`, `// 02 Greet the user`. */
const stepComment = /^\s*(?:step\s+)?(\d\d(?:\.\d\d)*)(?:\s*[.:)–—-]|\s*$|\s+\p{Lu})/iu;

/** Bound on the comments that are read. */
const maxComments = 1_000;

/** In code without calls of `Step`, notes the steps that comments before statements name. */
export function noteSteps(program: Node, edits: SourceEdits, comments: readonly Comment[]): void {
  const starts: number[] = [];
  let hasSteps = false;
  walk(program as Loose);
  if (hasSteps) return;
  starts.sort((a, b) => a - b);
  let next = 0;
  for (const { value, start: from, end } of comments.slice(0, maxComments)) {
    const number = stepComment.exec(value)?.[1];
    if (number === undefined) continue;
    while (next < starts.length && starts[next]! < end) next++;
    const start = starts[next];
    if (start === undefined) return;
    const between = edits.text.slice(end, start).replace(/\/\/[^\n]*|\/\*[^]*?\*\//g, "");
    if (!/\S/.test(between)) edits.insertAfter(from, `;Step("${number}");`);
  }

  function walk(node: Loose): void {
    if (node.type === "CallExpression") {
      const callee = node["callee"] as Loose;
      hasSteps ||=
        identifierName(callee.type === "MemberExpression" ? callee["property"] as Loose : callee) === "Step";
    }
    if (node.type === "Program" || node.type === "BlockStatement") {
      for (const { start } of node["body"] as Loose[]) starts.push(start);
    }
    for (const child of childrenOf(node)) walk(child);
  }
}
