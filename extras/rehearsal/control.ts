import { namePattern } from "../../src/language/variable_names.ts";
import { stripFillers } from "./clauses.ts";
import { toNumber } from "./numbers.ts";
import { pattern } from "./pattern.ts";
import { isVerb, maskQuoted, verbOf } from "./words.ts";

/** How a step controls the steps below it. `rest` is its own action, in the same line. */
export type Control =
  | {
    readonly kind: "if" | "else-if";
    readonly condition: string;
    readonly negated: boolean;
    readonly rest: string;
    /** Its "else" in the same line, or `""`. */
    readonly otherwise: string;
  }
  | { readonly kind: "else"; readonly rest: string }
  | { readonly kind: "while"; readonly condition: string; readonly negated: boolean; readonly rest: string }
  | { readonly kind: "each"; readonly variable: string; readonly list: string; readonly rest: string }
  | { readonly kind: "times"; readonly count: string; readonly rest: string }
  | { readonly kind: "parallel"; readonly rest: string }
  /** "Once …, …": in the order of the steps. */
  | { readonly kind: "then"; readonly rest: string }
  | { readonly kind: "plain"; readonly rest: string };

/** Reads the head of a step. */
export function readControl(written: string): Control {
  const text = stripFillers(written.replace(/^CND\b:?\s*/, ""));
  const elseIf = /^(?:(?:else|otherwise),?\s*if|elif|elseif)\b\s*/i.exec(text);
  if (elseIf) return branch("else-if", false, text.slice(elseIf[0].length));
  const otherwise = /^(?:else|otherwise|if not)\b\s*[,:.]?\s*/i.exec(text);
  if (otherwise && !/^if not\b\s*\S/i.test(text)) {
    return { kind: "else", rest: text.slice(otherwise[0].length) };
  }
  const then = /^(?:once|after|as soon as)\b\s*/i.exec(text);
  if (then) return { kind: "then", rest: splitHead(text.slice(then[0].length)).rest };
  const when = /^(if|when|whenever|unless|in case)\b\s*/i.exec(text);
  if (when) {
    const negated = when[1]!.toLowerCase() === "unless";
    return branch("if", negated, text.slice(when[0].length));
  }
  return readLoop(text) ?? readParallel(text) ?? { kind: "plain", rest: text };
}

function branch(kind: "if" | "else-if", negated: boolean, text: string): Control {
  const { condition, rest } = splitHead(text);
  const other = /\s*[,;.]?\s+(?:otherwise|else)\b(?!\s+if\b)[,:]?\s+/i.exec(maskQuoted(rest));
  const end = other ? other.index : rest.length;
  const otherwise = other ? rest.slice(end + other[0].length) : "";
  return { kind, negated, condition, rest: rest.slice(0, end), otherwise };
}

/** A trailing "if …". The caller uses it if its condition can be computed. */
export function readTrailingIf(
  text: string,
): {
  readonly deed: string;
  readonly condition: string;
  readonly negated: boolean;
  readonly otherwise: string;
} | undefined {
  const masked = maskQuoted(text);
  const match =
    /\s+(if|unless)\s+(?!needed\b|necessary\b|possible\b|any\b|applicable\b|appropriate\b|you can\b|required\b|relevant\b)/i
      .exec(masked);
  if (!match || tests.test(masked.slice(0, match.index).trim())) return undefined;
  // `$x = 1 if $a else 2 if $b else 3` is one expression.
  if (chosen.test(masked)) return undefined;
  const after = match.index + match[0].length;
  const other = /\s*[,;]?\s+(?:otherwise|else)\b[,:]?\s+/i.exec(masked.slice(after));
  const end = other ? after + other.index : text.length;
  return {
    deed: text.slice(0, match.index).replace(/,\s*$/, ""),
    condition: text.slice(after, end),
    negated: match[1]!.toLowerCase() === "unless",
    otherwise: other ? text.slice(end + other[0].length) : "",
  };
}

const chosen = pattern.iu`^\$?${namePattern}\s*=(?!=).* if .* else .* if .* else `;

/** "Ask if", "check if": the words after "if" are what to find out. */
const tests = pattern
  .iu`(?:^\$?${namePattern}\s+(?:is|are)\b.*|^(?:ask|check|see|determine|decide|verify|find out|confirm|consider|wonder|validate|evaluate|assess|think|inquire)\b.*|\b(?:know|see|check|ask|and|or|as|even|only|except))$`;

function readLoop(text: string): Control | undefined {
  const keep = /^(?:keep(?:\s+on)?|continue)\s+([a-z]+ing)\b(.*?)\s*,?\s+(until|till|while)\s+(.+)$/i.exec(
    text,
  );
  // "keep asking until it is valid" follows a check, and asks again.
  if (keep && (keep[2] !== "" || !/\bvalid\b/.test(text))) {
    const [, verb, rest, word, condition] = keep as unknown as [string, string, string, string, string];
    const thing = /^\s+for\s+(.+)$/i.exec(rest)?.[1];
    return {
      kind: "while",
      negated: word.toLowerCase() !== "while",
      condition: thing ? condition.replace(/^(?:it|they)\b/i, thing) : condition,
      rest: `${verbOf(verb)}${rest}`,
    };
  }
  const loop = /^(?:(?:repeat|loop|keep going|continue|do this)\s+)?(while|as long as|until|till)\b\s*/i.exec(
    text,
  );
  if (loop) {
    const negated = /^(until|till)$/i.test(loop[1]!);
    return { kind: "while", negated, ...splitHead(text.slice(loop[0].length)) };
  }
  const counted =
    /^for\s+(?:each|every|all)\s+(?:of\s+)?(?:the\s+)?(\d+|two|three|four|five|six|seven|eight|nine|ten)\s+[a-z]+s\b\s*[,:]?\s*/i
      .exec(text);
  if (counted) {
    return { kind: "times", count: String(toNumber(counted[1]!)), rest: text.slice(counted[0].length) };
  }
  const each = pattern
    .iu`^for\s+(?:(?:each|every|all)\s+(?:of\s+)?(?:the\s+)?)?(\$?${namePattern})\s+(?:in|of|from|between)\s+`
    .exec(text);
  if (each && (/^for\s+(each|every|all)/i.test(text) || / (in|from|between) $/i.test(each[0]))) {
    const { condition, rest } = splitHead(text.slice(each[0].length), { list: true });
    const range = /\b(from|between)\s+$/i.test(each[0]) ? `from ${condition}` : condition;
    return { kind: "each", variable: each[1]!, list: range, rest };
  }
  const vague = /^for\s+(?:each|every|all)\b\s*/i.exec(text);
  if (vague) {
    return { kind: "each", variable: "", list: "", rest: splitHead(text.slice(vague[0].length)).rest };
  }
  const times = pattern
    .iu`^(?:(?:repeat|loop|do)\s+(?:(?:this|it|the following)\s+)?)?(?:(?:up to|at most)\s+)?(\d+|\$${namePattern}|two|three|four|five|six|seven|eight|nine|ten)\s+times\b\s*[,:.]?\s*`
    .exec(text);
  if (times) {
    return {
      kind: "times",
      count: String(toNumber(times[1]!) ?? times[1]!),
      rest: text.slice(times[0].length),
    };
  }
  const forever = /^(?:loop|repeat)\b(?:\s+(?:the following|these steps))?\s*:?\s*$/i.exec(text);
  return forever ? { kind: "while", condition: "", negated: false, rest: "" } : undefined;
}

function readParallel(text: string): Control | undefined {
  const lead = /^(?:in parallel|at the same time|simultaneously|concurrently|at once)\b\s*[,:]?\s*/i.exec(
    text,
  );
  if (lead) return { kind: "parallel", rest: text.slice(lead[0].length) };
  const trail = /\s*,?\s+(?:in parallel|at the same time|simultaneously|concurrently)\s*[.:]?$/i.exec(text);
  return trail ? { kind: "parallel", rest: text.slice(0, trail.index) } : undefined;
}

/** Separates a condition from the text after it in the same line: at a colon, "then", or a comma before an action. */
function splitHead(
  text: string,
  { list = false }: { readonly list?: boolean } = {},
): { readonly condition: string; readonly rest: string } {
  const masked = maskQuoted(text);
  for (const match of masked.matchAll(/:\s+|\s*,?\s+then\s+|,\s+|\s*:\s*$/gi)) {
    const rest = text.slice(match.index + match[0].length);
    if (rest === "" || /then|:/i.test(match[0]) || isDeed(rest, { list })) {
      return { condition: text.slice(0, match.index).trim(), rest: rest.trim() };
    }
  }
  return { condition: text.trim(), rest: "" };
}

function isDeed(text: string, { list }: { readonly list: boolean }): boolean {
  const deed = stripFillers(text);
  const word = /^[A-Za-z]+/.exec(deed)?.[0] ?? "";
  if (pattern.u`^\$${namePattern}(?:\.[\p{L}\p{M}\p{N}_]+)*\s*=(?!=)|^[A-Za-z_][\w.]*\(`.test(deed)) {
    return true;
  }
  return list
    ? word !== "" && isVerb(word)
    : isVerb(word) || word !== "" && !/^(and|or|but|who|which)$/i.test(word);
}
