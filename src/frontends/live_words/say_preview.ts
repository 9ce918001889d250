import { gap, readTokens, type Token } from "./code_tokens.ts";

/** Words to a person in a completion. */
export interface Preview {
  /** The person's name in the code. */
  readonly to: string;
  readonly text: string;
}

/**
 * The words to persons in a completion, which may be incomplete. `…` stands for parts that are known only when the code
 * runs.
 *
 * Of words under a condition or in a loop only the last ones are given, because it is unknown which will be said. Accepts
 * any text.
 */
export function sayPreview(completion: string, isPerson: (name: string) => boolean): readonly Preview[] {
  if (completion.length > maxCompletionLength) return [];
  const says = readSays(readTokens(codeOf(completion)), isPerson);
  return says.filter((say, index) => say.certain || index === says.length - 1)
    .filter(({ text }) => text.trim() !== "");
}

/** A longer completion has no preview: each new piece makes it again, and long texts are no conversation. */
const maxCompletionLength = 100_000;
/** Maximum tokens of an operand in a message. */
const maxOperandTokens = 1_000;

interface Say extends Preview {
  /** Whether no condition, loop or function surrounds it. */
  readonly certain: boolean;
}

/**
 * The content of the fences that run, or the whole completion if it has no fence. The runtime reads answers in the same way.
 */
function codeOf(completion: string): string {
  const lines = completion.replaceAll("\r", "").split("\n");
  // The last line may be an incomplete fence.
  if (/^\s*(?:`{1,2}|~{1,2})$/.test(lines.at(-1)!)) lines.pop();
  const blocks: { readonly isTagged: boolean; readonly lines: string[] }[] = [];
  let open: { readonly fence: string; readonly lines: string[] } | undefined;
  for (const line of lines) {
    const fence = /^(`{3,}|~{3,})\s*([\w+-]*)$/.exec(line.trim());
    if (open && fence && fence[2] === "" && fence[1]!.startsWith(open.fence)) {
      open = undefined;
    } else if (open) {
      open.lines.push(line);
    } else if (fence) {
      open = { fence: fence[1]!, lines: [] };
      const language = fence[2]!.toLowerCase();
      const isTagged = javaScript.has(language);
      if (isTagged || otherLanguages.has(language)) blocks.push({ isTagged, lines: open.lines });
    }
  }
  if (blocks.length === 0) return lines.join("\n");
  const tagged = blocks.filter(({ isTagged }) => isTagged);
  return (tagged.length > 0 ? tagged : blocks).flatMap((block) => block.lines).join("\n");
}

/** Languages of fences whose blocks run, and of those that run only if there are none of these. */
const javaScript: ReadonlySet<string> = new Set(["js", "javascript", "ts", "typescript", "mjs", "jsx"]);
const otherLanguages: ReadonlySet<string> = new Set(["", "json", "tool_code", "tool_call"]);

function readSays(tokens: readonly Token[], isPerson: (name: string) => boolean): Say[] {
  const says: Say[] = [];
  /** Open brackets. `head` is the parenthesis of an `if` or a loop. */
  const open: { readonly head: boolean }[] = [];
  let closedHead: Token | undefined;
  for (const [index, token] of tokens.entries()) {
    if (token.kind === "sign" && "({[".includes(token.text)) {
      open.push({ head: token.text === "(" && isWord(tokens[index - 1], heads) });
    } else if (token.kind === "sign" && ")}]".includes(token.text)) {
      if (open.pop()?.head) closedHead = token;
    } else if (token.kind === "word" && isSign(tokens[index + 1], "(")) {
      const statement = statementOf(tokens, index);
      const certain = open.length === 0 && begins(statement, closedHead);
      if (certain && /^(Return|EndProgram)$/.test(token.text)) break;
      if (!(token.text === "Say" || token.text === "Yield") || !mayCall(statement)) continue;
      const [target, next] = tokens.slice(index + 2, index + 4);
      if (target?.kind !== "text") continue;
      // `Say("Bye.")` is to the user, and `Yield("user", "Which?")` says its question. A name alone may be a receiver.
      if (token.text === "Say" && isSign(next, ")") && !isPerson(target.text)) {
        if (/\s/.test(target.text.trim())) says.push({ to: "user", text: target.text, certain });
      } else if (target.end === "closed" && isSign(next, ",") && isPerson(target.text)) {
        says.push({ to: target.text, text: messageAt(tokens, index + 4), certain });
      }
    }
  }
  return says;
}

const heads = ["if", "for", "while", "switch", "catch", "with"];

/** The token before a call with its `await` and `self.`, and whether a line ends between them. */
interface Statement {
  readonly before: Token | undefined;
  readonly onNewLine: boolean;
}

function statementOf(tokens: readonly Token[], index: number): Statement {
  let first = index;
  if (isSign(tokens[first - 1], ".") && isWord(tokens[first - 2], ["self"])) first -= 2;
  while (isWord(tokens[first - 1], ["await", "void"])) first--;
  return { before: tokens[first - 1], onNewLine: tokens[first]!.afterLineEnd };
}

/** Whether the call is an unconditional statement of its own. */
function begins({ before, onNewLine }: Statement, closedHead: Token | undefined): boolean {
  if (before === undefined) return true;
  if (before.kind === "sign" && ")]".includes(before.text)) return onNewLine && before !== closedHead;
  // A sentence may stand before the code.
  if (before.kind === "sign") return ";}".includes(before.text) || onNewLine && ".!:".includes(before.text);
  return onNewLine && !isWord(before, ["else", "do", "return"]);
}

/** Whether code may have a call here. In a sentence that mentions `Say("user", …)`, a word stands before it. */
function mayCall({ before, onNewLine }: Statement): boolean {
  if (before === undefined || onNewLine) return true;
  if (before.kind === "sign") return callSigns.has(before.text);
  return isWord(before, ["else", "do", "return"]);
}

const callSigns: ReadonlySet<string> = new Set(
  [";", "{", "}", "(", ")", ",", "[", "]", "=>", "=", "?", ":", "&&", "||", "??", "!"],
);

/** The literal parts of a sum of texts. Returns `""` for other expressions. */
function messageAt(tokens: readonly Token[], start: number): string {
  let message = "";
  let literal = false;
  for (let at = start; tokens[at] !== undefined;) {
    const operand = readOperand(tokens, at);
    if (operand === undefined) return "";
    literal ||= operand.literal;
    message += operand.text === gap && message.endsWith(gap) ? "" : operand.text;
    at = operand.end + 1;
    if (!isSign(tokens[operand.end], "+")) break;
  }
  return literal ? message.replace(/[\ud800-\udbff]$/, "") : "";
}

interface Operand {
  readonly text: string;
  readonly literal: boolean;
  /** Index of the token after it. */
  readonly end: number;
}

/** Reads an operand between two `+`. Returns `undefined` if another operator shows that the whole is no sum of texts. */
function readOperand(tokens: readonly Token[], start: number): Operand | undefined {
  const first = tokens[start]!;
  if (first.kind === "text") {
    if (first.end === "broken") return undefined;
    const [next, name, call, close] = tokens.slice(start + 1, start + 5);
    if (next === undefined || isSum(next)) return { text: first.text, literal: true, end: start + 1 };
    // Long templates are often trimmed.
    const trims = name === undefined || name.kind === "word" && trimming.test(name.text);
    if (isSign(next, ".") && trims && (close === undefined || isSign(call, "(") && isSign(close, ")"))) {
      return { text: first.text.trim(), literal: true, end: start + 5 };
    }
  }
  let depth = 0;
  let end = start;
  for (; end < tokens.length; end++) {
    if (end - start > maxOperandTokens) return undefined;
    const token = tokens[end]!;
    if (token.kind !== "sign") continue;
    if (depth === 0 && isSum(token)) break;
    if (depth === 0 && choosing.has(token.text)) return undefined;
    if ("({[".includes(token.text)) depth++;
    else if (")}]".includes(token.text)) depth--;
  }
  return { text: gap, literal: false, end };
}

/** A method that trims, or the beginning of its name. */
const trimming = /^t(?:r(?:i(?:m(?:S(?:t(?:a(?:rt?)?)?)?|E(?:nd?)?)?)?)?)?$/;

/** A token that may follow a text which is said unchanged. */
function isSum(token: Token): boolean {
  return token.kind === "sign" && ["+", ",", ")"].includes(token.text);
}

/** Operators that choose or compare. Their result may be none of the texts beside them. */
const choosing: ReadonlySet<string> = new Set(
  ["?", ":", "??", "||", "&&", "==", "===", "!=", "!==", "<", ">", "<=", ">=", "=>", "=", ";"],
);

function isSign(token: Token | undefined, text: string): boolean {
  return token?.kind === "sign" && token.text === text;
}

function isWord(token: Token | undefined, texts: readonly string[]): boolean {
  return token?.kind === "word" && texts.includes(token.text);
}
