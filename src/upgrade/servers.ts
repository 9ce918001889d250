import type { UpgradeNote } from "./upgraded_file.ts";

/** Replaces lines of `remote:` that name a server in Python by a command that starts it. */
export function upgradeServers(
  lines: readonly string[],
  notes: UpgradeNote[],
): { readonly from: number; readonly to: number; readonly lines: readonly string[] }[] {
  const edits: { from: number; to: number; lines: readonly string[] }[] = [];
  lines.forEach((line, row) => {
    const [, space, , url] = /^(\s+)url:\s*(["']?)(\S+?)\2\s*$/.exec(line) ?? [];
    if (space === undefined || url === undefined) return;
    const transport = siblingRow(lines, row, space, "transport");
    const kind = transport === undefined ? "" : lines[transport]!.split(":")[1]!.trim().replace(/["']/g, "");
    const memory = /^memory:\/\/\/?([^?]+)(?:\?var=(\w+))?$/.exec(url);
    const script = kind === "stdio" && /\.py$/.test(url) ? url : undefined;
    if (memory === null && script === undefined) return;
    const own = memory === null
      ? [`${space}command: python3`, `${space}args: [${JSON.stringify(script)}]`]
      : [
        `${space}command: fastmcp`,
        `${space}args: ["run", ${JSON.stringify(`${memory[1]}:${memory[2] ?? "mcp"}`)}]`,
      ];
    edits.push({ from: row, to: row + 1, lines: own });
    if (transport !== undefined) edits.push({ from: transport, to: transport + 1, lines: [] });
    const needs = memory === null ? "python3" : "the command fastmcp of the package fastmcp";
    notes.push({
      line: row + 1,
      column: 1,
      message: `the server is a process of its own now, and needs ${needs}`,
      needsPerson: false,
    });
  });
  return edits;
}

/** The row of another key at the same depth. */
function siblingRow(lines: readonly string[], row: number, space: string, key: string): number | undefined {
  for (const step of [-1, 1]) {
    for (let at = row + step; lines[at]?.startsWith(space) && lines[at]!.trim() !== ""; at += step) {
      if (lines[at]!.startsWith(`${space}${key}:`)) return at;
    }
  }
  return undefined;
}
