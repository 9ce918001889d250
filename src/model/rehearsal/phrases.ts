import { type Action, nothing } from "./action.ts";
import { assignmentIn } from "./assignments.ts";
import { calleeOf, callIn, methodOf, naturalCall, requestTo } from "./calls.ts";
import { stripFillers } from "./clauses.ts";
import { translate } from "./expression.ts";
import { mentionsIn, playbookIn, type Target } from "./names.ts";
import type { Reading } from "./reading.ts";
import { textLiteral } from "./say_text.ts";
import type { Place, Scope } from "./scope.ts";
import { askVerbs, exchangeVerbs, maskQuoted, snakeCase, speechVerbs, verbOf, wordsOf } from "./words.ts";

/** What a clause is read against. */
export interface Context {
  readonly reading: Reading;
  readonly scope: Scope;
  /** The code of a `.pbasm` step, `""` for others. */
  readonly code: string;
  /** The result of the last call or computation. */
  readonly lastResult: string | undefined;
}

/** Reads one clause. What it does not understand is `nothing`: only the step is passed. */
export function readClause(written: string, context: Context): Action[] {
  const coded = /^(QUE|CND|YLD|RET|EXE|TNK|JMP|CHK)\b:?\s*/.exec(written);
  const code = coded?.[1] ?? context.code;
  const clause = stripFillers(coded ? written.slice(coded[0].length) : written).replace(
    /^await (self\.)?/,
    "",
  );
  if (code === "TNK" || code === "JMP" || code === "CHK") return [nothing];
  if (code === "YLD") return [readYield(clause, context)];
  if (code === "RET") return [readReturn(clause.replace(/^return(s|ing)?\b/i, ""), context)];
  const word = /^[A-Za-z]+/.exec(clause)?.[0] ?? "";
  const verb = verbOf(word);
  if (isExit(clause)) return [{ kind: "exit" }];
  if (/^break\b|^(exit|leave|stop|end) the loop\b/i.test(clause)) return [{ kind: "break" }];
  if (verb === "return") return [readReturn(clause.slice(word.length), context)];
  if (/^Say\(/.test(clause)) return [readSay(clause, context)];
  if (verb === "yield") {
    return [readYield(clause.slice(word.length).replace(/^\(["']?(.*?)["']?\)$/, "$1"), context)];
  }
  if (/\b(keep|continue|until|till)\b.*\bvalid\b/i.test(clause) && !askVerbs.has(verb)) {
    return [{ kind: "retry", said: clause }];
  }
  const assigned = assignmentIn(clause, context);
  if (assigned) return [assigned];
  const created = readCreate(clause, context);
  if (created.length > 0) return created;
  if (/^(wait|sleep|pause)$/.test(verb)) return [readWait(clause, context)];
  return [readDeed(clause, verb, context)];
}

/** Calls, questions and words. */
function readDeed(clause: string, verb: string, context: Context): Action {
  const { reading } = context;
  const speaks = speechVerbs.has(verb);
  const call = speaks ? undefined : callIn(clause, context);
  if (call) return call;
  const own = playbookIn(clause, reading);
  const several = own !== undefined && wordsOf(own.name).length > 1;
  if (own && (several || !(speaks || askVerbs.has(verb) || exchangeVerbs.has(verb)))) {
    return naturalCall(own, clause, own.name, context);
  }
  const target = receiverOf(clause, context);
  if (askVerbs.has(verb)) {
    return requestTo(target, clause, context) ?? say(clause, target, askedPlaces(clause, context));
  }
  if (speaks) return say(clause, target, undefined);
  if (exchangeVerbs.has(verb) || verb === "make" && /\boffer\b/i.test(clause)) return say(clause, target, []);
  if (target.klass !== undefined && requestVerbs.has(verb)) {
    return requestTo(target, clause, context) ?? say(clause, target, askedPlaces(clause, context));
  }
  if (/\b(?:conversation|small talk)\b/i.test(clause) && /^(?:have|hold|start|make)$/.test(verb)) {
    return say(clause, target, []);
  }
  return context.code === "YLD" ? nothing : noted(clause, verb, context);
}

/** Verbs by which an agent that is named is asked for something. */
const requestVerbs: ReadonlySet<string> = new Set(
  "call run execute use invoke have get fetch obtain retrieve let delegate collaborate coordinate work find load"
    .split(" "),
);

/** A value that only a model could find: the step's own words stand for it. */
function noted(clause: string, verb: string, { scope }: Context): Action {
  const unknown = [...clause.matchAll(/\$([A-Za-z_]\w*)/g)].map((match) => match[1]!)
    .filter((name) => !scope.knows(name));
  if (
    unknown.length !== 1 ||
    !/^(calculate|compute|determine|generate|extract|get|find|estimate|obtain|look|retrieve|fetch|pick|choose|select|decide|write|summarize|derive|think|draft|compose)$/
      .test(verb)
  ) {
    return nothing;
  }
  const name = unknown[0]!;
  const formula = new RegExp(`\\$${name}\\s+(?:as|by|from|=|:)\\s+(.+)$`).exec(clause)?.[1];
  const source = new RegExp(`\\$${name}\\s+from\\s+\\$([A-Za-z_]\\w*)`).exec(clause)?.[1];
  const meaning = { scope, callee: () => undefined, method: () => undefined };
  const text = textLiteral(clause, scope, { except: [name] });
  const value = source !== undefined
    ? `${scope.reference(source)}?.${name} ?? ${text}`
    : (formula && translate(formula, meaning)) ?? text;
  return { kind: "set", place: { kind: "state", name }, value, result: true };
}

function say(clause: string, target: Target, asks: readonly Place[] | undefined): Action {
  const quote =
    /^[A-Za-z]+(?:\s+(?:to\s+)?(?:the\s+|your\s+)?\$?[\w-]+)?(?:\s+that)?[,:]?\s+(?:"((?:[^"\\]|\\.)*)"|“([^”]*)”)[.!?]?$/
      .exec(clause);
  const said = quote?.[1] ?? quote?.[2];
  return said === undefined
    ? { kind: "say", target, said: clause, quoted: false, asks }
    : { kind: "say", target, said: said.replaceAll('\\"', '"').replaceAll("\\n", "\n"), quoted: true, asks };
}

/** `Say("text")`, `Say(user, text)`, `Say("agent 1001", "text")`; the text need not be quoted. */
function readSay(clause: string, context: Context): Action {
  const inside = clause.replace(/^Say\(/, "").replace(/\)\s*[.;]?$/, "").trim();
  const split = /^(?:"([^"]*)"|'([^']*)'|(\$?[\w ]+?))\s*,\s*([\s\S]+)$/.exec(inside);
  const to = split ? (split[1] ?? split[2] ?? split[3]!).trim() : "";
  const target = split ? targetNamed(to, context) : undefined;
  const text = target ? split![4]! : inside;
  const quote = /^(?:"((?:[^"\\]|\\.)*)"|“([^”]*)”|'([^']*)'|`([^`]*)`)$/.exec(text);
  const said = (quote?.[1] ?? quote?.[2] ?? quote?.[3] ?? quote?.[4])?.replaceAll('\\"', '"').replaceAll(
    "\\n",
    "\n",
  );
  return {
    kind: "say",
    target: target ?? { code: '"user"' },
    said: said ?? text,
    quoted: true,
    asks: undefined,
  };
}

function targetNamed(name: string, { reading, scope }: Context): Target | undefined {
  if (/^\$/.test(name)) {
    const code = scope.reference(name.slice(1));
    const klass = scope.classOf(code);
    return klass === undefined ? undefined : { code, klass };
  }
  if (/^(agent \d+|meeting( \d+)?|\d{3,})$/i.test(name)) return { code: JSON.stringify(name) };
  const mention = mentionsIn(name, reading)[0];
  if (!mention || mention.start !== 0 || mention.end !== name.length) return undefined;
  return toTarget(mention, scope);
}

function toTarget(
  mention: { readonly name: string; readonly kind: "person" | "class" },
  scope: Scope,
): Target {
  if (mention.kind === "person") return { code: JSON.stringify(mention.name) };
  return { code: scope.agentOf(mention.name) ?? JSON.stringify(mention.name), klass: mention.name };
}

/** Who a clause speaks to: whoever follows the verb, else whoever follows "to" or "with", else the user. */
function receiverOf(clause: string, context: Context): Target {
  const { reading, scope } = context;
  const variable = /^\w+\s+(?:to\s+|with\s+)?\$([A-Za-z_]\w*)/.exec(clause)?.[1];
  const held = variable === undefined ? undefined : scope.classOf(scope.reference(variable));
  if (held !== undefined) return { code: scope.reference(variable!), klass: held };
  const mentions = mentionsIn(maskQuoted(clause), reading);
  const lead =
    /^\w+\s+(?:(?:to|with|out)\s+)?(?:(?:the|your|our|a|an|each|both|all|every)\s+)*/i.exec(clause)?.[0] ??
      "";
  const direct = mentions.find((mention) => mention.start === lead.length);
  if (direct) return toTarget(direct, scope);
  const after = mentions.find((mention) =>
    /\b(?:to|with|from|on|by)\s+(?:(?:the|your|our|a|an|each|both|all)\s+)*$/i.test(
      clause.slice(0, mention.start),
    )
  );
  if (after) return toTarget(after, scope);
  if (/\b(?:to|in) the meeting\b/i.test(clause)) return { code: '"meeting"' };
  return { code: '"user"', implied: true };
}

/** The variables that a question fills: those it names with `$`, else one made of the words after "for" or "their". */
function askedPlaces(clause: string, { scope }: Context): Place[] {
  const masked = maskQuoted(clause);
  const named = [...masked.matchAll(/\$([A-Za-z_]\w*)/g)]
    .map((match) => match[1]!)
    .filter((name, index, all) =>
      all.indexOf(name) === index && scope.classOf(scope.reference(name)) === undefined
    );
  const listed =
    /\bfor\s+((?:[\w'’]+\s+){0,5}\$\w+(?:(?:\s*,\s*|\s+and\s+|\s*,\s*and\s+)(?:[\w'’]+\s+){0,4}\$\w+)*)\s*(?:$|[.?!(,]|again\b|in\b|so\b|until\b)/i
      .exec(masked)?.[1];
  if (listed !== undefined) return [...listed.matchAll(/\$(\w+)/g)].map((match) => state(match[1]!));
  const unknown = named.filter((name) => !scope.knows(name));
  if (named.length > 0) return (unknown.length > 0 ? unknown : named.slice(0, 1)).map(state);
  const phrase = /\bfor\s+((?:[\w'’-]+\s*)+)/i.exec(masked)?.[1] ??
    /^\w+\s+(?:(?:the\s+)?\w+\s+)?(?:(?:what|about|to\s+\w+)\s+)?(?:their|his|her|your)\s+((?:[\w'’-]+\s*)+)/i
      .exec(masked)?.[1] ??
    /^(?:ask|request|prompt)\w*\s+(?:the\s+)?(?:user|human)\s+(?:what|which)\s+((?:[\w'’-]+\s*)+)/i.exec(
      masked,
    )?.[1];
  if (phrase === undefined) return [];
  const all = phrase.replace(/['’]s\b/g, "").trim().split(/\s+/).map((word) => word.toLowerCase());
  const stop = all.findIndex((word) => stopWords.has(word));
  const words = (stop < 0 ? all : all.slice(0, stop)).flatMap(wordsOf);
  const name = snakeCase(words.slice(-4));
  return name === "" || /^\d/.test(name) ? [] : [state(name)];
}

const stopWords: ReadonlySet<string> = new Set(
  ("that which who to until till so for from like or and in on at of before after when while is are was would with again if " +
    "as using but then please").split(" "),
);

function state(name: string): Place {
  return { kind: "state", name };
}

/** "Create a Buyer agent $buyer", "create two Players", `CreateAgent("Player", "Hatter")`. */
function readCreate(clause: string, { reading, scope }: Context): Action[] {
  const spelled = [
    ...clause.matchAll(/CreateAgent\(\s*["']?(\w+)["']?\s*(?:,\s*(?:name\s*=\s*)?["']([^"']+)["'])?\s*\)/g),
  ];
  const classes = [...reading.others.map((other) => other.klass), reading.klass];
  if (spelled.length > 0) {
    const into = /^\$(\w+)\s*=/.exec(clause)?.[1];
    return spelled.map((match, index) => {
      const name = snakeCase(wordsOf(match[2] ?? match[1]!));
      const place = into !== undefined && index === 0 ? state(into) : scope.local(name);
      return create(match[1]!, match[2], place);
    });
  }
  const begin = /^(?:create|creates|creating|spawn|start|instantiate|launch)\s+/i.exec(clause);
  if (!begin) return [];
  const rest = clause.slice(begin[0].length);
  const mention = mentionsIn(rest, {
    ...reading,
    people: [],
    others: classes.map((klass) => ({ klass, playbooks: [] })),
  })
    .find((found) => found.kind === "class");
  if (
    !mention ||
    !/^(?:(?:a|an|the|another|new|\d+|one|two|three|four|five|six|seven|eight|nine|ten)\s+){0,2}(?:(?!of\b)\w+\s+)?$/i
      .test(rest.slice(0, mention.start))
  ) {
    return [];
  }
  if (/^start/i.test(clause) && !/\bagents?\b/i.test(rest)) return [];
  const variable = /^\s*(?:agents?\s+)?(?:(?:as|in|into|called|named)\s+)?\$([A-Za-z_]\w*)/.exec(
    rest.slice(mention.end),
  )?.[1];
  const named = /\b(?:named|called)\s+["“]?(\w+)["”]?/.exec(rest)?.[1];
  const words = wordsOf(mention.name);
  const base = snakeCase(words.length > 1 && words.at(-1) === "agent" ? words.slice(0, -1) : words);
  const count = numberIn(rest.slice(0, mention.start));
  return Array.from({ length: count }, (_, index) => {
    const local = scope.local(count > 1 ? `${base}_${index + 1}` : base);
    return create(mention.name, named, variable === undefined ? local : state(variable));
  });
}

function create(klass: string, name: string | undefined, place: Place): Action {
  return {
    kind: "create",
    klass,
    properties: name === undefined ? "" : `{ name: ${JSON.stringify(name)} }`,
    place,
  };
}

const numbers = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];

function numberIn(text: string): number {
  const word = /\b(\d+|two|three|four|five|six|seven|eight|nine|ten)\b/i.exec(text)?.[1]?.toLowerCase();
  if (word === undefined) return 1;
  return Math.min(10, Math.max(1, numbers.includes(word) ? numbers.indexOf(word) : Number(word)));
}

/** "Wait for the user", "Wait 30 seconds", "Wait for $answer". */
function readWait(clause: string, context: Context): Action {
  const { reading, scope } = context;
  const time =
    /\b(\d+(?:\.\d+)?|an?(?: few)?|few|some|one|two|three|five|ten|\$\w+)\s*(milliseconds?|ms|seconds?|secs?|s|minutes?|mins?|hours?|days?|moments?|while)\b/i
      .exec(clause);
  const seconds = time ? secondsOf(time[1]!, time[2]!, scope) : undefined;
  const masked = maskQuoted(clause);
  const mention = mentionsIn(masked, reading)[0];
  const names = [...masked.matchAll(/\$([A-Za-z_]\w*)/g)].map((match) => match[1]!);
  const agent = names.map((name) => scope.reference(name)).find((code) => scope.classOf(code) !== undefined);
  const target = agent !== undefined
    ? { code: agent, klass: scope.classOf(agent)! }
    : mention
    ? toTarget(mention, scope)
    : /\bmeeting\b/i.test(masked)
    ? { code: '"meeting"' }
    : undefined;
  if (seconds !== undefined && target === undefined) return { kind: "sleep", seconds };
  const into = names.find((name) =>
    scope.classOf(scope.reference(name)) === undefined && !time?.[0].includes(name)
  );
  const local = into === undefined ? undefined : scope.find(wordsOf(into));
  if (into !== undefined && local !== undefined && !target) {
    if (local === scope.reference(into)) return nothing;
    return { kind: "set", place: state(into), value: local, result: true };
  }
  return {
    kind: "wait",
    target,
    ...(into === undefined ? {} : { place: state(into) }),
    ...(seconds === undefined ? {} : { timeout: seconds }),
  };
}

function secondsOf(amount: string, unit: string, scope: Scope): string {
  const factor = /^(ms|milli)/i.test(unit)
    ? 0.001
    : /^m(in|$)/i.test(unit)
    ? 60
    : /^h/i.test(unit)
    ? 3600
    : /^d/i.test(unit)
    ? 86400
    : 1;
  if (amount.startsWith("$")) {
    const reference = scope.reference(amount.slice(1));
    return factor === 1 ? reference : `${reference} * ${factor}`;
  }
  const word = numbers.indexOf(amount.toLowerCase());
  const count = word >= 0 ? word : /^\d/.test(amount) ? Number(amount) : 1;
  return String(count * factor);
}

/** What follows `YLD` or "Yield". */
function readYield(text: string, context: Context): Action {
  const target = text.trim().replace(/^(for|to)\s+/i, "").replace(/[.;]$/, "");
  if (/^exit\b/i.test(target)) return { kind: "exit" };
  if (target === "" || /^(call|return)\b/i.test(target)) return nothing;
  const named = targetNamed(target.split(/[;,]/)[0]!.trim(), context);
  return named ? { kind: "wait", target: named } : readWait(`wait for ${target}`, context);
}

function readReturn(rest: string, context: Context): Action {
  const { scope, reading, lastResult } = context;
  const text = rest.trim().replace(/^(?:with|back)\s+/i, "").replace(/^[:,]\s*/, "").replace(/[.;]$/, "")
    .trim();
  if (text === "") return { kind: "return", value: "" };
  const meaning = {
    scope,
    callee: (name: string) => calleeOf(name, reading),
    method: (reference: string, name: string) => methodOf(reference, name, context),
  };
  const names = /^\$\w+(?:\s*(?:,|and|,\s*and)\s+\$\w+)+$/.test(text)
    ? [...text.matchAll(/\$(\w+)/g)].map((match) => `${match[1]}: ${scope.reference(match[1]!)}`)
    : [];
  if (names.length > 0) return { kind: "return", value: `{ ${names.join(", ")} }` };
  const value = translate(text, meaning);
  if (value !== undefined) return { kind: "return", value };
  if (
    lastResult !== undefined &&
    /^(?:(?:the|its?|this|that)\b\s*)?(?:final |last )?(?:result|answer|value|output|summary)?s?$/i.test(text)
  ) {
    return { kind: "return", value: lastResult };
  }
  const quote = /^"((?:[^"\\]|\\.)*)"/.exec(text)?.[1];
  const plain = /^\(([^()]*)\)$/.exec(text)?.[1];
  return { kind: "return", value: textLiteral(quote ?? plain ?? text, scope) };
}

function isExit(clause: string): boolean {
  return /^(?:end|ends|exit|exits|quit|terminate|finish|stop|close|conclude)\s+(?:the\s+|this\s+)?(?:program|conversation|session|application|app|chat)\b/i
    .test(clause) || /^(?:exit|quit|EndProgram\(\)|Exit\(\))[.;]?$/i.test(clause);
}
