import type { StripTypes } from "../../language/mod.ts";
import { callableFunctions } from "../builtins/table.ts";
import { asJavaScript, mayHaveTypes } from "./code_repairs.ts";
import { fencedCode } from "./fences.ts";
import { fencedCode02 } from "./fences_0_2.ts";
import { parses } from "./parses.ts";
import { toolCalls } from "./tool_calls.ts";

/** The code of a model's answer, or a fault for the next prompt. */
export type Answer =
  | {
    readonly ok: true;
    readonly code: string;
    /** It may be TypeScript: read it again with the library for types. */
    readonly needsTypes?: true;
  }
  | { readonly ok: false; readonly fault: string };

/** Why a completion ended, as the provider reports it. */
type Finish = "stop" | "length" | "filter" | "other";

/**
 * The rules by which answers are read now. A turn keeps the rules of its time, so that it runs again as it ran. Raise
 * the number when an answer would be read in another way, and keep the old way for turns with the old number.
 *
 * 1 (absent in entries): 0.2. 2: repaired code, one of several versions, corrected calls, checked words.
 */
export const currentReading = 2;

/**
 * Reads the JavaScript of a completion. It depends on its arguments alone, so a replay reads the same.
 *
 * The text in fences is the code (see `fencedCode`), and prose around them is ignored. Without a fence, the whole text is
 * the code if it parses, or else the longest run of its lines that parses. A tool call written as JSON becomes the call
 * that it means. Code that does not parse is repaired if that is safe (see `asJavaScript`).
 */
export function readAnswer(
  completion: string,
  finish: Finish,
  { reading = currentReading, strip }: {
    readonly reading?: number | undefined;
    /** The library for TypeScript, if it is loaded. */
    readonly strip?: StripTypes | undefined;
  } = {},
): Answer {
  if (finish === "length") {
    return {
      ok: false,
      fault: `The answer was cut off after ${completion.length} characters, and nothing of it was run. ` +
        "Answer with the code of fewer steps",
    };
  }
  if (completion.trim() === "") {
    return { ok: false, fault: "The answer was empty. Answer with the code of the next step" };
  }
  if (finish === "filter") {
    return { ok: false, fault: "The provider's filter stopped the answer; nothing of it was run" };
  }
  if (reading < 2) {
    const fenced = fencedCode02(completion);
    const code = fenced === undefined ? unfencedCode(completion) : toolCalls(fenced) ?? fenced;
    return code === undefined ? notCode(completion) : { ok: true, code };
  }
  const text = withoutControlTokens(completion);
  const fenced = fencedCode(text, strip);
  if (fenced?.kind === "fault") return { ok: false, fault: fenced.fault };
  const code = fenced === undefined
    ? unfencedCode(text, (each) => wordless(asJavaScript(each, strip)))
    : toolCalls(fenced.code) ?? fenced.code;
  if (code === undefined) return notCode(text);
  const repaired = asJavaScript(code, strip);
  const needsTypes = strip === undefined && mayHaveTypes(repaired);
  return { ok: true, code: repaired, ...(needsTypes ? { needsTypes } : {}) };
}

/** The code of an answer without fences; `undefined` if it is prose. */
function unfencedCode(completion: string, repaired = (code: string): string => code): string | undefined {
  const text = completion.trim();
  const calls = toolCalls(text);
  if (calls !== undefined) return calls;
  const code = repaired(completion);
  if (parses(code)) return code;
  return toolCalls(withoutProse(text)) ?? longestCode(completion) ??
    (looksLikeCode(text) ? completion : undefined);
}

/** Code, or a text that does not parse if it is words that happen to parse: `Done`, or `"Hello!"`. */
function wordless(code: string): string {
  const isCode = /[\w)\]]\s*\(|=|\breturn\b/.test(code) || code.replace(comment, "").trim() === "";
  return isCode ? code : notCodeText;
}

const comment = /\/\/[^\n]*|\/\*[^]*?(?:\*\/|$)/g;
const notCodeText = "not code";

function notCode(completion: string): Answer {
  const text = completion.trim();
  const words = JSON.stringify(shorten(text));
  return {
    ok: false,
    fault: `The answer was not JavaScript, and no person has seen it: ${words}. ` +
      `If a person is to read it, write: await Say("user", ${words}); ` +
      "If you cannot do what is asked, Say so and Return",
  };
}

/**
 * A text without the tokens by which servers mark roles and ends: `<|im_end|>`, `</s>`, `[/INST]`. They stand at the
 * beginning or the end of a line.
 */
function withoutControlTokens(text: string): string {
  if (!/<[|｜\/]?[a-z]|\[\/?INST\]|<s>/i.test(text)) return text;
  return text.split("\n").map((line) => line.replace(leadingTokens, "").replace(trailingTokens, "")).join(
    "\n",
  );
}

const token =
  "(?:<\\|(?!python_tag)[a-z][\\w-]*\\|>|<｜[^｜<>\\n]{1,40}｜>|</?s>|</?(?:start|end)_of_turn>|<(?:bos|eos|pad|unk)>|\\[/?INST\\])";
const leadingTokens = new RegExp(`^\\s*(?:${token}(?:assistant|model|user)?\\s*)+`, "i");
const trailingTokens = new RegExp(`(?:\\s{0,20}${token})+\\s{0,20}$`, "i");

/** Lines of prose to leave out at each end: prose around code is short. */
const maxProseLines = 12;
/** Bound on the characters that are parsed to find the code in an answer. */
const maxTriedCharacters = 4_000_000;

/** The longest run of whole lines that is code with a call in it. Blank lines before it keep the line numbers. */
function longestCode(completion: string): string | undefined {
  const lines = completion.split("\n");
  const last = Math.min(maxProseLines, lines.length - 1);
  let tried = 0;
  for (let dropped = 1; dropped <= 2 * last; dropped++) {
    for (let before = Math.max(0, dropped - last); before <= Math.min(dropped, last); before++) {
      const end = lines.length - (dropped - before);
      if (![...lines.slice(0, before), ...lines.slice(end)].every(isProse)) continue;
      const code = lines.slice(before, end).join("\n").trimEnd();
      tried += code.length;
      if (tried > maxTriedCharacters) return undefined;
      if (/\w\s*\(/.test(code) && !isSentence(code) && parses(code)) return "\n".repeat(before) + code;
    }
  }
  return undefined;
}

/** Whether a line is words and nothing in it looks like a statement. */
function isProse(line: string): boolean {
  return !/[{}=;]|^\s*\W?\)/.test(line) && !looksLikeCode(line);
}

/** Whether a text is one line of words that happens to parse. */
function isSentence(code: string): boolean {
  return !/[;={}]|^[^\S\n]*(await|self\.|[A-Z]\w*\()/m.test(code);
}

/** Whether a text is code with a mistake. Then the engine reports the mistake; it is not prose. */
function looksLikeCode(text: string): boolean {
  return codeStart.test(text);
}

const codeStart = new RegExp(
  `^[^\\S\\n]*(await|const|let|var|if|for|while|function|async|try|return|${
    callableFunctions.filter((row) => !row.isUndeclared).map((row) => row.name).join("|")
  }|self\\.|state\\.)\\b`,
  "m",
);

/** A text without the lines of prose at its ends. */
function withoutProse(text: string): string {
  const lines = text.split("\n");
  const first = lines.findIndex((line) => !isProse(line));
  return first < 0 ? "" : lines.slice(first, lines.findLastIndex((line) => !isProse(line)) + 1).join("\n");
}

const maxQuotedCharacters = 600;

function shorten(text: string): string {
  return text.length > maxQuotedCharacters ? `${text.slice(0, maxQuotedCharacters).toWellFormed()}…` : text;
}
