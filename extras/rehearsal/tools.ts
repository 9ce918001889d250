import type { Action } from "./action.ts";
import { naturalCall } from "./calls.ts";
import type { Context } from "./context.ts";
import { fittingPlaybook } from "./names.ts";
import type { Declared } from "./reading.ts";
import { shown } from "./say_text.ts";
import { maskQuoted, wordsOf } from "./words.ts";

/**
 * A step that names a tool server or one of its tools: "Read note.txt with Files", "Call Files.read_file with note.txt". It is
 * a real call, because the result of a tool must not be invented.
 */
export function toolCallIn(clause: string, context: Context): Action | undefined {
  const masked = maskQuoted(clause);
  for (const { klass, playbooks } of context.reading.others) {
    const tools = playbooks.filter(({ mode }) => mode === "tool");
    if (tools.length === 0) continue;
    const written = tools.filter(({ name, title }) =>
      isWritten(name, masked) || isWritten(title ?? name, masked)
    )
      .sort((one, other) => other.name.length - one.name.length)[0];
    const mention = new RegExp(`(?<![\\w$])${wordsOf(klass).join("[\\s_-]*")}(?!\\w)`, "i");
    if (!written && !mention.test(masked)) continue;
    const rest = clause.replace(mention, "");
    const tool = written ?? (tools.length === 1 ? tools[0] : toolFor(rest, tools));
    if (tool) {
      return naturalCall(tool, withQuotedPaths(clause, tool, klass), `${klass}.${tool.name}`, context);
    }
  }
  return undefined;
}

/** "Tell the user what it says", after the call of a tool. */
export function reportOf(clause: string, context: Context): Action | undefined {
  const { lastResult, reading } = context;
  const asks =
    /\bwhat (?:it|the \w+) (?:says?|said|contains?|gave|gives|found|finds|returned|returns|holds)[.]?$/i;
  const hasTools = reading.others.some(({ playbooks }) => playbooks.some(({ mode }) => mode === "tool"));
  if (lastResult === undefined || !hasTools || !asks.test(clause)) return undefined;
  const text = shown(lastResult, lastResult.split(".").at(-1)!);
  return { kind: "say", target: { code: '"user"' }, text };
}

function isWritten(name: string, text: string): boolean {
  return /[_A-Z.-]/.test(name.slice(1)) &&
    new RegExp(`(?<!\\w)${name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}(?!\\w)`).test(text);
}

/** The tool whose name fits the words, else the one whose description shares most of them. */
function toolFor(text: string, tools: readonly Declared[]): Declared | undefined {
  const fitting = fittingPlaybook(text, tools);
  if (fitting) return fitting;
  const words = new Set(wordsOf(text).filter((word) => word.length > 3));
  const scored = tools.map((tool) => ({
    tool,
    hits: new Set(wordsOf(`${tool.name} ${tool.description ?? ""}`).filter((word) => words.has(word))).size,
  })).sort((one, other) => other.hits - one.hits);
  const [best] = scored;
  return best && best.hits > 0 ? best.tool : undefined;
}

/** Paths and addresses are arguments without quotes, too. */
function withQuotedPaths(clause: string, { name }: Declared, klass: string): string {
  return clause.replace(
    /(?<![\w"“$./:-])(?=[\w./~:-]*[/.]\w)[\w./~:-]*\w(?![\w"”])/g,
    (path) => path.includes(name) || path.startsWith(`${klass}.`) ? path : `"${path}"`,
  );
}
