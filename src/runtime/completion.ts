/**
 * The JavaScript of a completion: what stands in its first fence, or all of it when it has none.
 *
 * Several fences are joined, since models split one answer over two; prose around them is ignored. Lines keep their
 * numbers within the code.
 */
export function codeOf(completion: string): string {
  const blocks: string[] = [];
  let open: { fence: string; lines: string[]; runs: boolean } | undefined;
  for (const line of completion.split("\n")) {
    const fence = /^\s*(`{3,}|~{3,})\s*([\w+-]*)\s*$/.exec(line);
    if (open) {
      if (fence && fence[2] === "" && fence[1]!.startsWith(open.fence)) {
        if (open.runs) blocks.push(open.lines.join("\n"));
        open = undefined;
      } else {
        open.lines.push(line);
      }
    } else if (fence) {
      open = { fence: fence[1]!, lines: [], runs: languages.has(fence[2]!.toLowerCase()) };
    }
  }
  if (open?.runs && open.lines.length > 0) blocks.push(open.lines.join("\n"));
  return blocks.length > 0 ? blocks.join("\n") : completion;
}

/** Fence languages whose blocks are code to run; others (`json`, `md`) are prose. */
const languages: ReadonlySet<string> = new Set(["", "js", "javascript", "ts", "typescript", "mjs", "jsx"]);
