import { namePattern, variablesIn } from "../../src/language/variable_names.ts";
import { callableFunctions, namesOf } from "../../src/engine/builtins/table.ts";
import type { Action } from "./action.ts";
import { type Argument, argumentList, orName, translate } from "./expression.ts";
import { fittingPlaybook, type Receiver, resultName } from "./names.ts";
import type { Context } from "./context.ts";
import { pattern } from "./pattern.ts";
import type { Declared, Reading } from "./reading.ts";
import { nameText, textLiteral } from "./say_text.ts";
import { type NameScope, referenceTo, statePlace, type ValuePlace } from "./scope.ts";
import { maskQuoted, wordsOf } from "./words.ts";

/** A call written with brackets anywhere in a clause: `$x = Name(a)`, "Get $joke from Joke()", `Class.Name(a=1)`. */
export function callIn(clause: string, context: Context): Action | undefined {
  const found = callsIn(clause, context)[0];
  if (!found) return undefined;
  const outside = clause.slice(0, found.start) + clause.slice(found.end);
  const place = resultPlace(outside, found.name, context.scope);
  return { kind: "set", place, value: found.code };
}

/** A clause that is nothing but a call of an unknown name: it fails, as it would with a model. */
export function unknownCall(clause: string, { reading }: Context): Action | undefined {
  const [, klass, method] = /^(\p{Lu}[\p{L}\p{N}_]*)\.([\p{L}_][\p{L}\p{N}_]*)\(.*\)[.;]?$/su.exec(clause) ??
    [];
  const other = klass === undefined ? undefined : classNamed(klass, reading);
  if (other) return { kind: "run", code: `await ${other.klass}.${method}();` };
  const name = /^([A-Z]\w*(?:\.[A-Z]\w*)?)\([^()]*\)[.;]?$/.exec(clause)?.[1];
  return name === undefined || /^[A-Z]+$/.test(name) ? undefined : { kind: "run", code: `await ${name}();` };
}

/** All calls with brackets in a text, in order. */
export function callsIn(
  text: string,
  context: Context,
): { readonly name: string; readonly code: string; readonly start: number; readonly end: number }[] {
  const meaning = meaningOf(context);
  const calls = [];
  const quotes = [...text.matchAll(/"(?:[^"\\]|\\.)*"|“[^”]*”/g)];
  const isQuoted = (at: number) =>
    quotes.some(({ 0: quote, index }) => index < at && at < index + quote.length);
  let from = 0;
  for (
    const match of text.matchAll(
      pattern.gu`(?<![\p{L}\p{N}_$.])(\$?${namePattern}(?:\.${namePattern})?)\(`,
    )
  ) {
    // Quoted words are a text or an example: nothing in them is called.
    if (match.index < from || isQuoted(match.index)) continue;
    const written = match[1]!;
    const callee = written.startsWith("$")
      ? methodOf(
        context.scope.reference(written.slice(1).split(".")[0]!),
        written.split(".")[1] ?? "",
        context,
      )
      : calleeOf(written, context.reading);
    const end = closing(text, match.index + match[0].length);
    if (callee === undefined || end === undefined) continue;
    const whole = text.slice(match.index, end);
    const isMeeting = context.reading.playbooks.some(({ name, meeting }) => meeting && name === callee);
    const code = isMeeting ? `await ${callee}(${meeting(text, context)})` : translate(whole, meaning) ??
      `await ${callee}(${
        looseArguments(text.slice(match.index + match[0].length, end - 1), callee, context)
      })`;
    calls.push({ name: callee.split(".").at(-1)!, code, start: match.index, end });
    from = end;
  }
  return calls;
}

/**
 * A call in plain words. Its arguments are the variables and values in the clause, else variables with the parameters'
 * names.
 */
export function naturalCall(playbook: Declared, clause: string, callee: string, context: Context): Action {
  const place = resultPlaceOf(playbook, clause, context.scope);
  const args = argumentsFor(playbook, clause, place, context);
  return { kind: "set", place, value: `await ${callee}(${args})` };
}

/** A request to another agent, as a call of its matching public playbook. Returns `undefined` if no playbook matches. */
export function requestTo(target: Receiver, clause: string, context: Context): Action | undefined {
  if (target.klass === undefined) return undefined;
  const other = context.reading.others.find((candidate) => candidate.klass === target.klass);
  const shown = other?.playbooks.filter((each) => each.public) ?? [];
  const playbook = fittingPlaybook(clause, other?.playbooks ?? []) ??
    (shown.length === 1 ? shown[0] : undefined);
  // A model does not see private playbooks of others: it sends the request as a message.
  if (!playbook?.public) return undefined;
  const held = context.scope.agentOf(target.klass);
  return naturalCall(playbook, clause, `${held ?? target.klass}.${playbook.name}`, context);
}

/** The JavaScript that `Name` or `Class.Name` of a step calls. Returns `undefined` for an unknown name. */
function calleeOf(name: string, reading: Reading): string | undefined {
  const same = (playbook: Declared, written: string) =>
    playbook.name === written || wordsOf(playbook.name).join("") === wordsOf(written).join("");
  const [klass, method] = name.split(".");
  if (method !== undefined) {
    if (klass === "self") return calleeOf(method, reading);
    const other = classNamed(klass!, reading);
    const found = other?.playbooks.find((playbook) => same(playbook, method));
    // The call of a private playbook fails, and names the public ones.
    return found && other ? `${other.klass}.${found.name}` : undefined;
  }
  const own = reading.playbooks.find((playbook) => same(playbook, name));
  if (own) return own.name;
  if (calledBuiltins.has(name)) return name;
  for (const other of reading.others) {
    const found = other.playbooks.find((playbook) => playbook.public && same(playbook, name));
    if (found) return `${other.klass}.${found.name}`;
  }
  return undefined;
}

/** Another class, by its name in any spelling: `Shop DB` is `ShopDb`, and a step may write `ShopDB`. */
function classNamed(name: string, { others }: Reading): Reading["others"][number] | undefined {
  return others.find(({ klass }) => klass === name) ??
    others.find(({ klass }) => wordsOf(klass).join("") === wordsOf(name).join(""));
}

/** The JavaScript of a method of the agent that a reference holds. */
function methodOf(reference: string, name: string, context: Context): string | undefined {
  const klass = context.scope.classOf(reference);
  const other = context.reading.others.find((candidate) => candidate.klass === klass);
  const found = other?.playbooks.find((playbook) => playbook.name.toLowerCase() === name.toLowerCase());
  return found ? `${reference}.${found.name}` : undefined;
}

/** The names that expressions of this context can use. */
export function meaningOf(context: Context) {
  return {
    scope: context.scope,
    callee: (name: string) => calleeOf(name, context.reading),
    method: (reference: string, name: string) => methodOf(reference, name, context),
    parameters: (callee: string) => parametersOf(callee, context.reading),
  };
}

/** Builtins with phrases of their own. A step may call all others in brackets. */
const phrased: ReadonlySet<string> = new Set(
  ["Step", "Say", "Yield", "Return", "EndProgram", "CreateAgent", "Sleep", "WaitForMessage", "fetch"],
);

const calledBuiltins: ReadonlySet<string> = new Set(
  callableFunctions.flatMap(namesOf).filter((name) => !phrased.has(name)),
);

/** Offset after the bracket that closes the one before `from`. */
function closing(text: string, from: number): number | undefined {
  const masked = maskQuoted(text.slice(from).replace(/[()]/g, (bracket) => bracket === "(" ? "<" : ">"));
  let depth = 1;
  for (let at = 0; at < masked.length; at++) {
    if (masked[at] === "<" && text[from + at] === "(") depth++;
    if (masked[at] === ">" && text[from + at] === ")" && --depth === 0) return from + at + 1;
  }
  return undefined;
}

/** Arguments that are not expressions are texts: `Greet(the buyer, 3)`. */
function looseArguments(text: string, callee: string, context: Context): string {
  const masked = maskQuoted(text);
  const cuts = [...masked.matchAll(/,/g)].map((match) => match.index);
  const parts = [-1, ...cuts].map((cut, index) => text.slice(cut + 1, cuts[index] ?? text.length).trim());
  const args = parts.filter((part) => part !== "").map((part): Argument => {
    const [, name, written = part] = pattern.su`^\$?(${namePattern})\s*[=:]\s*(.+)$`.exec(part) ?? [];
    const code = translate(written, meaningOf(context)) ?? textLiteral(written, context.scope);
    return name === undefined ? { code } : { name, code };
  });
  return argumentList(args, parametersOf(callee, context.reading));
}

/** The parameters of a playbook, as `Name` or `Class.Name`. A tool takes arguments by position and by name as they are. */
function parametersOf(callee: string, { playbooks, others }: Reading): Declared["parameters"] | undefined {
  const [klass, method] = callee.split(".");
  const all = method === undefined ? playbooks : others.find((each) => each.klass === klass)?.playbooks;
  const found = all?.find(({ name }) => name === (method ?? klass));
  return found?.mode === "tool" ? undefined : found?.parameters;
}

/** The place of a call's result: the variable that the words around the call name, else a local named after the playbook. */
function resultPlace(outside: string, name: string, scope: NameScope): ValuePlace {
  const masked = maskQuoted(outside);
  const variable = pattern.u`(?:\bas|\binto|\bin|->|→)\s+\$(${namePattern})\s*[.]?$`.exec(masked)?.[1] ??
    pattern.u`\$(${namePattern})(?:\s*:\s*\w+)?\s*(?:=|\bfrom\b|\busing\b|\bby\b|\bvia\b|\bwith\b)`.exec(
      masked,
    )?.[1] ??
    variablesIn(masked).find((found) => !scope.knows(found));
  return variable === undefined ? scope.local(resultName(name)) : statePlace(variable);
}

function resultPlaceOf(playbook: Declared, clause: string, scope: NameScope): ValuePlace {
  const parameters = new Set(playbook.parameters.map((parameter) => parameter.name));
  const masked = maskQuoted(clause);
  const into = pattern.u`(?:\bas|\binto|\bin|->|→)\s+\$(${namePattern})\s*[.]?$`.exec(masked)?.[1];
  const unknown = variablesIn(masked)
    .find((name) => !scope.knows(name) && !parameters.has(name));
  const name = into ?? unknown;
  return name === undefined ? scope.local(resultName(playbook.name)) : statePlace(name);
}

function argumentsFor(playbook: Declared, clause: string, result: ValuePlace, context: Context): string {
  const { scope } = context;
  if (playbook.meeting || playbook.parameters.some((parameter) => parameter.name === "attendees")) {
    return meeting(clause, context, playbook);
  }
  const variables = variablesIn(maskQuoted(clause))
    .filter((name) => result.kind !== "state" || name !== result.name)
    .filter((name) => scope.classOf(scope.reference(name)) === undefined);
  const names = playbook.parameters.map((parameter) => parameter.name);
  const loose = variables.filter((name) => !names.includes(name)).map((name) => orName(name, scope));
  const literals = [...clause.matchAll(/"((?:[^"\\]|\\.)*)"|“([^”]*)”|(?<![\w$.])(\d+(?:\.\d+)?)(?![\w])/g)]
    .map((match) => match[3] ?? textLiteral(match[1] ?? match[2] ?? "", scope));
  const given = [...loose, ...literals];
  const args: string[] = [];
  for (const parameter of playbook.parameters) {
    const named = variables.includes(parameter.name)
      ? parameter.optional ? scope.reference(parameter.name) : orName(parameter.name, scope)
      : undefined;
    const found = scope.findPlaceLike(wordsOf(parameter.name));
    const value = named ?? given.shift() ?? (found && referenceTo(found));
    if (value === undefined && parameter.optional) break;
    args.push(value ?? argumentFrom(clause, parameter.name, scope));
  }
  return args.join(", ");
}

/** The clause itself for a parameter that takes words, else a stand-in. */
function argumentFrom(clause: string, name: string, scope: NameScope): string {
  const takesWords =
    /^(?:question|query|message|text|request|task|topic|problem|prompt|input|instructions?|words)$/i.test(
      name,
    );
  if (takesWords) return textLiteral(clause, scope);
  // "Get Canada's secret": the one whose secret it is.
  const owner = /(?<!^)(?<![\p{L}\p{N}])(\p{Lu}[\p{L}\p{N}-]*(?: \p{Lu}[\p{L}\p{N}-]*)*)['’]s\s/u.exec(
    maskQuoted(clause),
  )?.[1];
  return JSON.stringify(owner ?? `(${nameText(name)})`);
}

/**
 * A meeting is called with its topic and its members: the classes and people that the clause names. Without a name, the
 * metadata of the playbook names them, or all classes with a meeting playbook take part.
 */
function meeting(clause: string, { reading, scope }: Context, playbook?: Declared): string {
  const isNamed = (name: string, plural: string) =>
    new RegExp(`\\b${wordsOf(name).join("[\\s_-]*")}${plural}\\b`, "i").test(clause);
  const attendees = reading.others.filter(({ klass }) => isNamed(klass, "s?")).map(({ klass }) =>
    isNamed(klass, "s")
      ? `...agents.byClass(${JSON.stringify(klass)})`
      : scope.agentOf(klass) ?? JSON.stringify(klass)
  );
  const people = reading.people.filter((name) =>
    isNamed(name, "") || (name === "user" && isNamed("human", ""))
  );
  attendees.push(...people.map((name) => JSON.stringify(name)));
  const metadata = playbook?.metadata["required_attendees"] ?? playbook?.metadata["optional_attendees"];
  if (attendees.length === 0) {
    if (metadata !== undefined) return `{ topic: ${textLiteral(clause, scope)} }`;
    const able = reading.others.filter(({ playbooks }) => playbooks.some((each) => each.meeting));
    attendees.push(...able.map(({ klass }) => scope.agentOf(klass) ?? JSON.stringify(klass)));
  }
  return `{ topic: ${textLiteral(clause, scope)}, attendees: [${attendees.join(", ")}] }`;
}
