import { parseTOML } from "toml-eslint-parser";
import type { UpgradedFile, UpgradeNote } from "./upgraded_file.ts";

/** Where a key of the original belongs: a table and a key, or the reason why it is left out. */
type Destination = { readonly table: string; readonly key: string } | { readonly reason: string };

const gone = (reason: string): Destination => ({ reason });
const unused = gone("it had no effect");

/** Keys of the original's `playbooks.toml` that have another name or place here. */
const destinations: Readonly<Record<string, Destination>> = {
  timeout_s: unused,
  debug: gone("PLAYBOOKS_DEBUG=1 shows traces"),
  timestamp_granularity: unused,
  artifact_result_threshold: { table: "limits", key: "artifact_result_threshold" },
  max_llm_calls: { table: "limits", key: "max_llm_calls" },
  message_batch_timeout: { table: "limits", key: "message_batch_timeout" },
  message_batch_max_wait: { table: "limits", key: "message_batch_max_wait" },
  "durability.storage_type": gone("sessions are kept in folders"),
};

const tablesGone: Readonly<Record<string, string>> = {
  llm_cache: "a recording repeats answers: --record FILE, then --model replay:FILE",
  langfuse: "sessions show and --json tell what a run did",
  litellm: "models are reached without it",
  "model.compilation": "programs are read without a model",
  state_compression: "the prompt is kept within context_tokens",
};

interface Assignment {
  readonly table: string;
  readonly key: string;
  readonly value: string;
  readonly line: number;
  /** Lines of comments right above it. */
  readonly comments: readonly string[];
}

/**
 * Upgrades a `playbooks.toml` of the original. A file without any of its keys is not changed. What has no counterpart stays
 * as a comment.
 */
export function upgradeSettings(file: { readonly path: string; readonly text: string }): UpgradedFile {
  const unchanged = { path: file.path, before: file.text, after: file.text, notes: [] };
  let assignments: readonly Assignment[];
  try {
    assignments = readAssignments(file.text);
  } catch (error) {
    const message = `this file is not TOML: ${(error as Error).message}`;
    return { ...unchanged, notes: [{ line: 1, column: 1, message, needsPerson: true }] };
  }
  const tables = new Set(assignments.map(({ table }) => table));
  const isOld = assignments.some((each) => destinationOf(each, tables) !== undefined);
  if (!isOld) return unchanged;
  const notes: UpgradeNote[] = [];
  const placed = new Map<string, string[]>();
  const leftOut: string[] = [];
  const taken = new Set<string>();
  for (const each of assignments) {
    const to = destinationOf(each, tables) ?? { table: each.table, key: each.key };
    const name = each.table === "" ? each.key : `${each.table}.${each.key}`;
    const note = (message: string, needsPerson = false) =>
      notes.push({ line: each.line, column: 1, message, needsPerson });
    if ("reason" in to) {
      leftOut.push(...each.comments, `# ${name} = ${each.value}`);
      note(`${name} is left out: ${to.reason}`);
      continue;
    }
    const place = to.table === "" ? to.key : `${to.table}.${to.key}`;
    if (taken.has(place)) {
      leftOut.push(...each.comments, `# ${name} = ${each.value}`);
      note(`${name} is left out, since ${place} has a value already; choose one`, true);
      continue;
    }
    taken.add(place);
    if (place !== name) note(`${name} is ${place} now`);
    const lines = placed.get(to.table) ?? [];
    placed.set(to.table, [...lines, ...each.comments, `${to.key} = ${valueOf(to, each.value)}`]);
  }
  const head = placed.get("") ?? [];
  const rest = [...placed].filter(([table]) => table !== "").map(([table, lines]) =>
    `[${table}]\n${lines.join("\n")}`
  );
  const last = leftOut.length === 0
    ? []
    : [["# Left out, since this version has no such settings:", ...leftOut].join("\n")];
  const after = `${[...(head.length > 0 ? [head.join("\n")] : []), ...rest, ...last].join("\n\n")}\n`;
  return { path: file.path, before: file.text, after, notes };
}

/** Whether only the original has this key. `table` is `""` for a key outside of tables. */
export function isOldSetting(table: string, key: string): boolean {
  return destinationOf({ table, key }, new Set([table])) !== undefined;
}

function destinationOf(
  { table, key }: Pick<Assignment, "table" | "key">,
  tables: ReadonlySet<string>,
): Destination | undefined {
  const name = table === "" ? key : `${table}.${key}`;
  if (Object.hasOwn(destinations, name)) return destinations[name];
  if (Object.hasOwn(tablesGone, table)) return { reason: tablesGone[table]! };
  const model = /^model(?:\.(\w+))?$/.exec(table);
  if (model === null) return undefined;
  const [, part] = model;
  const own = key === "max_completion_tokens" ? "max_output_tokens" : key;
  if (part === "execution") return { table: "model", key: own };
  // The original asked its default model for raw playbooks.
  if (part === "default") return { table: "model.raw", key: own };
  if (part === undefined && tables.has("model.execution")) {
    return tables.has("model.default")
      ? { reason: "the other tables of models had their own values" }
      : { table: "model.raw", key: own };
  }
  return own === key ? undefined : { table, key: own };
}

/** `"gemini/gemini-3-flash"` without the provider, which is a key of its own. */
function valueOf({ table, key }: { readonly table: string; readonly key: string }, value: string): string {
  if (!table.startsWith("model")) return value;
  if (key === "name") return value.replace(/^(["'])(?:gemini|google|anthropic|openai)\//, "$1");
  return key === "provider" ? value.replace(/^(["'])gemini\1$/, "$1google$1") : value;
}

function readAssignments(text: string): readonly Assignment[] {
  const ast = parseTOML(text);
  const lines = text.split(/\r\n|\n/);
  const found: Assignment[] = [];
  const add = (table: string, node: (typeof ast.body)[0]["body"][number]) => {
    if (node.type !== "TOMLKeyValue") {
      const name = node.resolvedKey.join(".");
      for (const inner of node.body) add(name, inner);
      return;
    }
    const path = node.key.keys.map((key) => key.type === "TOMLBare" ? key.name : key.value);
    const row = node.loc.start.line - 1;
    const comments: string[] = [];
    for (let at = row - 1; at >= 0 && /^\s*#/.test(lines[at]!); at--) comments.unshift(lines[at]!.trim());
    const end = lines[node.loc.end.line - 1]!.slice(node.loc.end.column).trim();
    found.push({
      table: [...(table === "" ? [] : [table]), ...path.slice(0, -1)].join("."),
      key: path.at(-1)!,
      value: text.slice(node.value.range[0], node.value.range[1]) + (end.startsWith("#") ? ` ${end}` : ""),
      line: row + 1,
      comments,
    });
  };
  for (const node of ast.body[0].body) add("", node);
  return found;
}
