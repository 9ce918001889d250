import type { StripTypes } from "../../language/mod.ts";
import { asJavaScript } from "./code_repairs.ts";
import { parses } from "./parses.ts";
import { toolCalls } from "./tool_calls.ts";

// The code in the fences of an answer. docs/models.md says which blocks run.

/** A fenced block of an answer. */
interface Block {
  /** The tag in lower case; `""` without one. */
  readonly language: string;
  readonly code: string;
  /** The prose between the block before and this one. */
  readonly before: string;
}

/** The code in the fences of an answer, or the fault for the next prompt. */
type FencedCode =
  | { readonly kind: "code"; readonly code: string }
  | { readonly kind: "fault"; readonly fault: string };

/**
 * The code in the fences of an answer; `undefined` if there is none.
 *
 * Blocks tagged as JavaScript or TypeScript win over blocks without a tag, and those over tool calls in JSON. Blocks
 * that continue each other are joined. Of two versions of the same code only one runs.
 */
export function fencedCode(
  text: string,
  strip: StripTypes | undefined,
): FencedCode | undefined {
  const blocks = blocksOf(text).filter(({ code }) => code.trim() !== "");
  const tagged = blocks.filter(({ language }) => javaScript.has(language));
  if (tagged.length > 0) return joined(tagged);
  const others = blocks.filter(({ language }) => !prose.has(language) && !python.has(language));
  const running = others.filter(({ code }) => runs(code, strip));
  if (running.length > 0) return joined(running);
  const snake = blocks.find(({ language }) => python.has(language));
  if (snake !== undefined) return pythonCode(snake, strip);
  // The report about a mistake in the code helps more than one about prose.
  const untagged = others.filter(({ language }) => language === "");
  return untagged.length > 0 ? joined(untagged) : undefined;
}

function joined(blocks: readonly Block[]): FencedCode {
  return { kind: "code", code: oneVersion(blocks).map(({ code }) => code).join("\n") };
}

const javaScript: ReadonlySet<string> = new Set(
  "js javascript ts typescript mjs cjs jsx tsx node ecmascript javascriptreact typescriptreact".split(" "),
);
const python: ReadonlySet<string> = new Set(["python", "py", "python3"]);
const prose: ReadonlySet<string> = new Set(
  ("md markdown text txt plaintext plain output console log bash sh shell zsh powershell html xml svg css yaml yml " +
    "toml ini csv diff patch mermaid sql").split(" "),
);

/** Bound on the characters of prose before a block. */
const maxProse = 400;

/** The blocks of a text, in order. An open block ends with the text. */
function blocksOf(text: string): readonly Block[] {
  const blocks: Block[] = [];
  let before: string[] = [];
  let open: { readonly fence: string; readonly language: string; readonly lines: string[] } | undefined;
  const close = () => {
    const code = open!.lines.join("\n");
    blocks.push({ language: open!.language, code, before: before.join("\n").slice(-maxProse) });
    open = undefined;
    before = [];
  };
  for (const line of text.split("\n")) {
    const fence = /^(`{3,}|~{3,})(.*)$/.exec(line.trim());
    if (open === undefined) {
      if (fence === null) {
        before.push(line);
        continue;
      }
      const { language, rest, isClosed } = opening(fence[1]!, fence[2]!);
      open = { fence: fence[1]!, language, lines: rest === undefined ? [] : [rest] };
      if (isClosed) close();
    } else if (fence !== null && fence[2]!.trim() === "" && fence[1]!.startsWith(open.fence)) close();
    else {
      const isLast = open.fence === "```" && /[;})]\s{0,20}```\s{0,20}$/.test(line);
      open.lines.push(isLast ? line.slice(0, line.lastIndexOf("```")) : line);
      if (isLast) close();
    }
  }
  if (open !== undefined) close();
  return blocks;
}

/** Reads the words after a fence: the tag, and code on the same line. A title is left out. */
function opening(
  fence: string,
  words: string,
): { readonly language: string; readonly rest?: string; readonly isClosed: boolean } {
  const isClosed = words.trimEnd().endsWith(fence);
  const inner = (isClosed ? words.trimEnd().slice(0, -fence.length) : words).trim();
  const [, tag = "", rest = ""] = /^([\w+#-]*)([^]*)$/.exec(inner)!;
  const language = tag.toLowerCase();
  // "```Say("user", "hi")```" has no tag.
  if (rest !== "" && !/^[\s{:,]/.test(rest)) return { language: "", rest: inner, isClosed };
  const isCode = rest.trim() !== "" && !isTitle(rest.trim()) && /[;(=]|\bawait\b/.test(rest);
  return { language, ...(isCode ? { rest: rest.trim() } : {}), isClosed };
}

/** Whether words after a tag are a title: `main.js`, `title="a (1).js"`, `{1,3}`, `:src/main.js`. */
function isTitle(words: string): boolean {
  return /^(\{[^}]*\}|[:,]?[\w./ -]+\.\w{1,4}|([\w-]+=("[^"]*"|'[^']*'|[\w./-]+)\s*)+)$/.test(words);
}

/** Whether a block without a tag is code: it parses and does something, or it is tool calls. */
function runs(code: string, strip: StripTypes | undefined): boolean {
  if (toolCalls(code) !== undefined) return true;
  return /[\w)]\s*\(|=|^\s*(return|await)\b/.test(code) && parses(asJavaScript(code, strip));
}

/** Words before a block that is another choice: the first one runs. */
const alternative =
  /\balternative(ly)?\b|^\W*or\b|\b(another|second|other) (option|way|version|approach|variant)\b|\boption (b|2|two)\b|\bif you('d| would)? (prefer|rather)\b|\binstead\b/im;
/** Words before a block that replaces the ones before it: the last one runs. */
const correction =
  /^\W*(wait|actually|oops|hmm|sorry|no)\b\s*[,.:;!—–-]|\b(correct|fix|revis|improv|updat|rewritt)(ed|en)? (version|code|answer|block|script|one)\b|\bcorrection\b|\bfinal (version|code|answer)\b|\bhere('s| is) (the|a) (corrected|fixed|better|full|complete|final|improved|revised|updated)\b/im;

/** Leaves out blocks that are another version of the same code. */
function oneVersion(blocks: readonly Block[]): readonly Block[] {
  if (blocks.length < 2) return blocks;
  const other = blocks.findIndex(({ before }, index) => index > 0 && alternative.test(before));
  if (other > 0) return oneVersion(blocks.slice(0, other));
  const corrected = blocks.findLastIndex(({ before }, index) => index > 0 && correction.test(before));
  if (corrected > 0) return blocks.slice(corrected);
  const kept: Block[] = [];
  const later = new Set<string>();
  for (const block of blocks.toReversed()) {
    const lines = linesOf(block);
    if (!lines.some((line) => later.has(line))) kept.push(block);
    for (const line of lines) later.add(line);
  }
  return kept.reverse();
}

/** The steps that a block takes, and the words that it says. A block with one of them is a version of the other. */
function linesOf({ code }: Block): readonly string[] {
  return code.split("\n").map((line) => line.trim().replace(/^await /, "")).filter((line) =>
    /^(self\.)?(Step|Say|Return)\(\s*[^\s)]/.test(line)
  );
}

/** Names and forms of Python that JavaScript lacks. */
const pythonOnly =
  /(?<![\w.])(None|True|False|print|len|str|int|float|input|range|elif|def|self\.state\[)\b|\b(and|or|not)\b(?=[^"'`\n]{0,200}:\s{0,20}$)|(?<!\w)f["']/m;

/** Code with a Python tag runs if it is JavaScript. Models mistake the language's name more often than the language. */
function pythonCode({ code }: Block, strip: StripTypes | undefined): FencedCode {
  if (!pythonOnly.test(code) && runs(code, strip)) return { kind: "code", code };
  const line = code.split("\n").find((each) => pythonOnly.test(each)) ?? code.trim().split("\n")[0]!;
  return {
    kind: "fault",
    fault: `The code is Python (${JSON.stringify(line.trim().slice(0, 100))}), and nothing of it was run. ` +
      "Write JavaScript in a ```js block",
  };
}
