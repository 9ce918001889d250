import { namePattern } from "../../src/language/variable_names.ts";
import type { Action } from "./action.ts";
import { meaningOf, naturalCall, requestTo, unknownCall } from "./calls.ts";
import { translate } from "./expression.ts";
import { playbookIn } from "./names.ts";
import { toNumber } from "./numbers.ts";
import type { Context } from "./context.ts";
import { pattern } from "./pattern.ts";
import { textLiteral } from "./say_text.ts";
import { referenceTo, statePlace, type ValuePlace } from "./scope.ts";
import { readAsk, receiverOf } from "./speech.ts";
import { askVerbs, requestVerbs, verbOf, wordsOf } from "./words.ts";

/** A clause that sets a variable: `$x = …`, "set count to 0", "increment $n", "add 3 to $list", "remember joke as $jk". */
export function assignmentIn(clause: string, context: Context): Action | undefined {
  const { scope } = context;
  const path = pattern.su`^\$(${namePattern})\.(${namePattern})\s*=(?!=)\s*(.+)$`.exec(
    clause,
  );
  if (path) {
    const owner = scope.reference(path[1]!);
    return { kind: "run", code: `(${owner} ??= {}).${path[2]} = ${valueOf(path[3]!, context)};` };
  }
  const equals = pattern.isu`^(?:set\s+|let\s+)?(\$?${namePattern})(?:\s*:\s*\w+(?:\[\])?)?\s*=(?!=)\s*(.+)$`
    .exec(
      clause,
    );
  if (equals) return set(equals[1]!, equals[2]!, context);
  const worded = pattern
    .isu`^(?:set|let|initialize|initialise|change|update|reset|make)\s+(?:the\s+)?(\$?${namePattern})\s+(?:to|be|as|with)\s+(.+)$`
    .exec(clause);
  if (worded) return set(worded[1]!, worded[2]!, context);
  const kept = pattern
    .iu`^(?:remember|stor(?:e|ing)|sav(?:e|ing)|keep|record|note|assign|put)\s+(?:(?:it|them|this|that|(?:the|their|his|her)\s+(?:user['’]s\s+)?(?:answers?|repl(?:y|ies)|responses?|results?|outputs?|values?|input|choice))\s+)?(?:as|in|into|to|under)\s+(?:(?:the|a)\s+)?(?:variable\s+)?(\$?${namePattern})(?:\s*:\s*\w+(?:\[\w*\])?)?\s*[.]?$`
    .exec(clause);
  const last = context.lastResult ?? scope.lastReply;
  if (
    kept && last !== undefined &&
    (kept[1]!.startsWith("$") || !/\b(?:file|list|disk|database|artifact)$/i.test(clause))
  ) {
    return {
      kind: "set",
      place: kept[1]!.startsWith("$") ? statePlace(kept[1]!.slice(1)) : known(kept[1]!, context),
      value: last,
    };
  }
  const stored = pattern
    .isu`^(?:remember|store|save|keep(?!\s+track)|record|note|assign)\s+(.+?)\s+(?:as|in|into|to)\s+(\$${namePattern})\s*[.]?$`
    .exec(clause);
  if (stored) return set(stored[2]!, stored[1]!, context);
  return stated(clause, context) ?? changed(clause, context);
}

/** "$name is "John"": a statement of a value, not a question about one. */
function stated(clause: string, context: Context): Action | undefined {
  const bare =
    /^([A-Za-z_]\w*)\s+(?:is|equals|starts at|starts as)\s+(\[.*\]|\{.*\}|-?\d[\d.,]*|".*"|'.*'|true|false)[.]?$/s
      .exec(clause);
  const plain = bare && translate(bare[2]!, meaningOf(context));
  if (plain) return { kind: "set", place: known(bare[1]!, context), value: plain };
  const match = pattern.su`^(?:[\w]+['’]s\s+)?\$(${namePattern})\s+(?:is|are|becomes|equals)\s+(.+)$`
    .exec(clause);
  if (!match) return undefined;
  const place: ValuePlace = statePlace(match[1]!);
  const than = pattern
    .iu`^(\d+)(?:\s+\w+)?\s+(more|older|less|fewer|younger)\s+than\b.*?(\$${namePattern}|\d+)\D*$`
    .exec(
      match[2]!,
    );
  const sum = than ? `${than[3]} ${/^(?:more|older)$/i.test(than[2]!) ? "+" : "-"} ${than[1]}` : match[2]!;
  const value = translate(sum, meaningOf(context));
  if (value !== undefined) return { kind: "set", place, value };
  if (context.scope.knows(place.name) || /\b(if|when|valid|invalid)\b/i.test(match[2]!)) return undefined;
  return {
    kind: "set",
    place,
    value: textLiteral(match[2]!, context.scope),
    isStandIn: /\s/.test(match[2]!),
  };
}

/** Arithmetic in words on an existing variable. */
function changed(clause: string, context: Context): Action | undefined {
  const { scope } = context;
  const step =
    /^(increment|increase|raise|decrement|decrease|reduce|lower|multiply|divide|double)\w*\s+(?:the\s+)?(\$?[\p{L}\p{M}\p{N}_ ]+?)(?:\s+by\s+(.+))?$/iu
      .exec(clause);
  const added = /^(add|append|push)\w*\s+(.+)\s+to\s+(?:the\s+)?(?:list\s+)?(\$?[\p{L}\p{M}\p{N}_ ]+?)[.]?$/iu
    .exec(clause);
  const taken =
    /^(subtract|remove|deduct)\w*\s+(.+)\s+from\s+(?:the\s+)?(?:list\s+)?(\$?[\p{L}\p{M}\p{N}_ ]+?)[.]?$/iu
      .exec(
        clause,
      );
  const name = step?.[2] ?? added?.[3] ?? taken?.[3];
  const place = name === undefined ? undefined : placeOf(name, context);
  if (!place) return undefined;
  const now = place.kind === "state" ? scope.reference(place.name) : referenceTo(place);
  const amount = valueOf(
    step ? step[3] ?? (/^double/i.test(step[1]!) ? "2" : "1") : (added ?? taken)![2]!,
    context,
  );
  const verb = (step ?? added ?? taken)![1]!.toLowerCase();
  const list = `[...(${now} ?? []), ${amount}]`;
  const value = /^(increment|increase|raise)/.test(verb)
    ? `(${now} ?? 0) + ${amount}`
    : /^(decrement|decrease|reduce|lower|subtract|deduct)/.test(verb)
    ? `(${now} ?? 0) - ${amount}`
    : /^(multiply|double)/.test(verb)
    ? `${now} * ${amount}`
    : verb.startsWith("divide")
    ? `${now} / ${amount}`
    : verb === "add"
    ? `typeof ${now} === "number" ? ${now} + ${amount} : ${list}`
    : verb === "remove"
    ? `(${now} ?? []).filter((item) => item !== ${amount})`
    : list;
  return { kind: "set", place, value };
}

function set(name: string, text: string, context: Context): Action | undefined {
  const place: ValuePlace = name.startsWith("$") ? statePlace(name.slice(1)) : known(name, context);
  const own = /["(]/.test(text) ? undefined : playbookIn(text, context.reading);
  const number = toNumber(trim(text));
  const plain = number === undefined ? translate(text, meaningOf(context)) : String(number);
  if (plain === undefined && own) {
    const call = naturalCall(own, text, own.name, context);
    return call.kind === "set" ? { ...call, place } : call;
  }
  const unknown = plain === undefined ? unknownCall(text, context) : undefined;
  if (unknown) return unknown;
  const answer = plain === undefined ? askedFor(text, place, context) : undefined;
  return answer ??
    { kind: "set", place, value: plain ?? textLiteral(trim(text), context.scope) };
}

/** `$sky = ask the weather agent for the forecast`: the value is the answer of the agent. */
function askedFor(text: string, place: ValuePlace, context: Context): Action | undefined {
  const verb = verbOf(/^[A-Za-z]+/.exec(text)?.[0] ?? "");
  if (!askVerbs.has(verb) && !requestVerbs.has(verb)) return undefined;
  const target = receiverOf(text, context);
  if (target.klass === undefined && !askVerbs.has(verb)) return undefined;
  const request = target.klass === undefined ? undefined : requestTo(target, text, context);
  if (request) return request.kind === "set" ? { ...request, place } : request;
  const asked = readAsk(text, context);
  return asked.kind === "ask" ? { ...asked, questions: asked.questions.slice(0, 1), places: [place] } : asked;
}

function valueOf(text: string, context: Context): string {
  return translate(text, meaningOf(context)) ?? textLiteral(trim(text), context.scope);
}

/** A bare name is a local, unless it names an existing variable. */
function known(name: string, { scope }: Context): ValuePlace {
  return scope.findPlace(wordsOf(name)) ?? scope.local(name);
}

function placeOf(name: string, { scope }: Context): ValuePlace | undefined {
  return name.startsWith("$") ? statePlace(name.slice(1).trim()) : scope.findPlace(wordsOf(name));
}

function trim(text: string): string {
  return text.trim().replace(/[.;]$/, "");
}
