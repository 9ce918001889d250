// How 0.2 read the fences of an answer. Unfinished turns of its sessions are read so again.

/** The code in the fences of an answer; `undefined` if there is none. An open fence ends with the answer. */
export function fencedCode02(completion: string): string | undefined {
  const blocks: string[] = [];
  let open: { readonly fence: string; readonly runs: boolean; readonly lines: string[] } | undefined;
  for (const line of completion.split("\n")) {
    const fence = /^(`{3,}|~{3,})\s*([\w+-]*)$/.exec(line.trim());
    if (open && fence && fence[2] === "" && fence[1]!.startsWith(open.fence)) {
      if (open.runs) blocks.push(open.lines.join("\n"));
      open = undefined;
    } else if (open) {
      open.lines.push(line);
    } else if (fence) {
      open = { fence: fence[1]!, lines: [], runs: languages.has(fence[2]!.toLowerCase()) };
    }
  }
  if (open?.runs) blocks.push(open.lines.join("\n"));
  return blocks.length > 0 && blocks.some((block) => block.trim() !== "") ? blocks.join("\n") : undefined;
}

/** Fence languages whose blocks are code to run; others (`md`, `text`) are prose. */
const languages: ReadonlySet<string> = new Set([
  "",
  "js",
  "javascript",
  "ts",
  "typescript",
  "mjs",
  "jsx",
  "json",
  "tool_code",
  "tool_call",
]);
