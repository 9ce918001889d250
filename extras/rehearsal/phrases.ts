import { namePattern, variablesIn } from "../../src/language/variable_names.ts";
import { type Action, nothing } from "./action.ts";
import { assignmentIn } from "./assignments.ts";
import { callIn, meaningOf, naturalCall, requestTo, unknownCall } from "./calls.ts";
import { stripFillers } from "./clauses.ts";
import type { Context } from "./context.ts";
import { readCreate } from "./create.ts";
import { translate } from "./expression.ts";
import { playbookIn, type Receiver, resultName } from "./names.ts";
import { pattern } from "./pattern.ts";
import { nameText, textLiteral } from "./say_text.ts";
import { statePlace } from "./scope.ts";
import { readAsk, readSay, readSpeech, receiverOf } from "./speech.ts";
import { reportOf, toolCallIn } from "./tools.ts";
import { readWait, readYield } from "./waits.ts";
import {
  askVerbs,
  callVerbs,
  exchangeVerbs,
  maskQuoted,
  requestVerbs,
  speechVerbs,
  verbOf,
  wordsOf,
} from "./words.ts";

/** Reads one clause. */
export function readClause(written: string, context: Context): Action[] {
  const coded = /^(QUE|CND|YLD|RET|EXE|TNK|JMP|CHK)\b:?\s*/.exec(written);
  const code = coded?.[1] ?? context.code;
  const clause = stripFillers(coded ? written.slice(coded[0].length) : written).replace(
    /^await (self\.)?/,
    "",
  );
  if (code === "TNK" || code === "JMP" || code === "CHK") return [nothing];
  if (/^try(?:\s+(?:it|this|once|again|more|one more time))*(?:\s+by)?$/i.test(clause)) return [nothing];
  if (code === "YLD") return [readYield(clause, context)];
  if (code === "RET") return [readReturn(clause.replace(/^return(s|ing)?\b/i, ""), context)];
  const word = /^[A-Za-z]+/.exec(clause)?.[0] ?? "";
  const verb = verbOf(word);
  if (isExit(clause)) return [{ kind: "exit" }];
  if (
    /^break(?:$|[.;]|\s+(?:out|from|the loop)\b)|^(?:exit|leave|stop|end|quit)\s+(?:the loop|repeating|looping|asking)\b/i
      .test(clause)
  ) return [{ kind: "break" }];
  if (/^(?:stop|finish)[.;]?$/i.test(clause)) return [{ kind: "stop" }];
  if (verb === "return") return [readReturn(clause.slice(word.length), context)];
  if (/^Say\(/.test(clause)) return [readSay(clause, context)];
  if (verb === "yield") {
    return [readYield(clause.slice(word.length).replace(/^\(["']?(.*?)["']?\)$/, "$1"), context)];
  }
  if (/\b(keep|continue|until|till)\b.*\bvalid\b/i.test(maskQuoted(clause)) && !askVerbs.has(verb)) {
    return [{ kind: "retry" }];
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
  const masked = maskQuoted(clause);
  const speaks = speechVerbs.has(verb) || verb === "repeat" && /\b(?:back|to)\b/i.test(masked);
  const call = speaks ? undefined : callIn(clause, context) ?? unknownCall(clause, context);
  if (call) return call;
  const own = playbookIn(masked, reading);
  const several = own !== undefined && wordsOf(own.name).length > 1;
  if (own && (several || !(speaks || askVerbs.has(verb) || exchangeVerbs.has(verb)))) {
    return naturalCall(own, clause, own.name, context);
  }
  const tool = speaks ? reportOf(clause, context) : toolCallIn(clause, context);
  if (tool) return tool;
  const others = speaks ? undefined : callElsewhere(clause, verb, context);
  if (others) return others;
  const target = receiverOf(clause, context);
  if (
    /^(?:get|collect|gather|obtain|receive|read|take|request)\b.*\bfrom\s+(?:the\s+)?(?:user|customer|human|guest|person)\b/i
      .test(masked)
  ) {
    return readAsk(clause, context);
  }
  if (
    /^(?:give|provide|produce)$/.test(verb) && /\$/.test(masked) &&
    !/\b(?:to|user|customer|them|him|her)\b.*\$|\$.*\bto the\b/i.test(masked)
  ) {
    const value = standIn(clause, context);
    if (value.kind === "set") return value;
  }
  if (/^find out\b/i.test(clause)) return readAsk(clause.replace(/^find out/i, "ask"), context);
  if (askVerbs.has(verb)) return requestTo(target, clause, context) ?? readAsk(clause, context);
  if (speaks) return readSpeech(clause, verb, context);
  const isExchange = exchangeVerbs.has(verb) || verb === "make" && /\boffer\b/i.test(clause) ||
    /^(?:engage|have|hold|start|make|continue|carry)\b.*\b(?:conversation|small talk|chat)\b/i.test(masked);
  if (isExchange) return exchange(clause, context);
  if (target.klass !== undefined && requestVerbs.has(verb)) {
    return requestTo(target, clause, context) ?? readAsk(clause, context);
  }
  return context.code === "YLD" ? nothing : standIn(clause, context);
}

/** "call Greet", after a step about the agent that has it. */
function callElsewhere(clause: string, verb: string, context: Context): Action | undefined {
  if (!callVerbs.has(verb)) return undefined;
  const { reading, addressed } = context;
  const masked = maskQuoted(clause);
  for (const other of reading.others.toSorted((one) => one.klass === addressed?.klass ? -1 : 0)) {
    const named = other.playbooks.find(({ name }) => new RegExp(`(?<![\\w$.])${name}(?!\\w)`).test(masked));
    const held = context.scope.agentOf(other.klass);
    const owner = held ?? other.klass;
    if (named?.public) return naturalCall(named, clause, `${owner}.${named.name}`, context);
    // A model does not see private playbooks of others: it sends the request as a message.
    if (named) {
      return requestMessage(
        clause,
        named,
        { klass: other.klass, code: held ?? JSON.stringify(other.klass) },
        context,
      );
    }
  }
  return undefined;
}

/** A request to an agent in words. Its answer is the result. */
function requestMessage(
  clause: string,
  { name }: { readonly name: string },
  target: Receiver,
  { scope }: Context,
): Action {
  return {
    kind: "ask",
    target,
    questions: [textLiteral(clause, scope)],
    places: [scope.local(resultName(name))],
  };
}

/** One round of a conversation, with the agent that was spoken to last if the clause names no one. */
function exchange(clause: string, context: Context): Action {
  const ask = readAsk(clause, context);
  const { addressed, scope } = context;
  if (ask.kind !== "ask" || ask.target.klass !== undefined) return ask;
  const places = [scope.local("reply")];
  return addressed && !/\b(?:user|human|person|customer)\b/i.test(clause)
    ? { kind: "ask", target: addressed, questions: [textLiteral(clause, scope)], places }
    : { kind: "ask", target: ask.target, questions: [undefined], places };
}

/** A value that only a model could find: the words of the step stand in for it. */
function standIn(clause: string, { scope }: Context): Action {
  const fresh = variablesIn(maskQuoted(clause))
    .filter((name) => !scope.knows(name));
  const made = clause.replace(/^\w+\s+(?:(?:up with|up|of|about|out)\s+)?/, "").replace(
    /\s*(?:[:;(].*|[.])$/s,
    "",
  );
  const isInput = fresh.length === 1 &&
    new RegExp(`\\b(?:using|with|from|of|about|on|to|in|based on|for|by)\\s+(?:the\\s+)?\\$${fresh[0]}\\b`)
      .test(clause);
  if (fresh.length > 1 || isInput || clause.startsWith("$")) return { kind: "unknown" };
  if (fresh.length === 0) {
    const noun = new RegExp(
      `^(?:${makingVerbs.source})\\w*\\s+(?:up with\\s+|of\\s+)?((?:an?|the|some|one)\\s+[\\w' -]+?)(?:\\s+(?:${prepositions})\\b.*)?$`,
      "i",
    )
      .exec(clause.replace(/[,.;(].*/s, ""))?.[1];
    const name = wordsOf(noun ?? "").at(-1);
    if (!name) return { kind: "unknown" };
    return {
      kind: "set",
      place: scope.findPlace([name]) ?? scope.local(name),
      value: textLiteral(made, scope),
      isStandIn: true,
    };
  }
  const name = fresh[0]!;
  const formula = new RegExp(`\\$${name}\\s+(?:as|by|from|=|:)\\s+(.+)$`).exec(clause)?.[1];
  const source = new RegExp(`\\$${name}\\s+(?:from|out of)\\s+\\$(${namePattern})`, "u")
    .exec(clause)?.[1];
  const meaning = { scope, callee: () => undefined, method: () => undefined, parameters: () => undefined };
  const computed = formula && translate(formula, meaning);
  if (/^(?:keep track of|track|count)\b/i.test(clause)) {
    return { kind: "set", place: statePlace(name), value: "0", isStandIn: true };
  }
  // "a $draft about $topic" describes the value; elsewhere its name must do.
  const isDescribed = new RegExp(
    `^(?:(?:an?|the|some|one|their|his|her)\\s+)?(?:[a-z-]+\\s+)?\\$${name}\\b`,
    "i",
  ).test(made);
  const words = isDescribed ? made.replaceAll(`$${name}`, nameText(name)) : `the ${nameText(name)}`;
  const text = textLiteral(words, scope);
  const value = source !== undefined ? `${scope.reference(source)}?.${name} ?? ${text}` : computed ?? text;
  return { kind: "set", place: statePlace(name), value, isStandIn: !computed };
}

const makingVerbs =
  /generate|write|create|compose|draft|think|come|make|prepare|invent|pick|choose|calculate|compute|design|develop|plan|find|determine|suggest|summari[sz]e|build|produce|devise|propose|recommend/;
const prepositions = "for|about|of|with|that|which|based|from|in|on|using|to|by|as|into|between";

function readReturn(rest: string, context: Context): Action {
  const { scope, lastResult } = context;
  const text = rest.trim().replace(/^(?:with|back)\s+/i, "").replace(/^[:,]\s*/, "").replace(/[.;]$/, "")
    .trim();
  if (text === "") return { kind: "return", value: "" };
  const names = pattern.u`^\$${namePattern}(?:\s*(?:,|and|,\s*and)\s+\$${namePattern})+$`.test(text)
    ? variablesIn(text).map((name) => `${name}: ${scope.reference(name)}`)
    : [];
  if (names.length > 0) return { kind: "return", value: `{ ${names.join(", ")} }` };
  const value = translate(text, meaningOf(context));
  if (value !== undefined) return { kind: "return", value };
  if (
    lastResult !== undefined &&
    /^(?:(?:the|its?|this|that|them)\b\s*)?(?:final |last )?(?:result|answer|value|output|summary)?s?$/i
      .test(text)
  ) {
    return { kind: "return", value: lastResult };
  }
  const quote = /^"((?:[^"\\]|\\.)*)"/.exec(text)?.[1];
  const plain = /^\(([^()]*)\)$/.exec(text)?.[1];
  return {
    kind: "return",
    value: textLiteral(quote ?? plain ?? text, scope),
    isStandIn: quote === undefined && plain === undefined && /\s/.test(text),
  };
}

function isExit(clause: string): boolean {
  return /^(?:end|ends|exit|exits|quit|terminate|finish|stop|close|conclude)\s+(?:the\s+|this\s+)?(?:program|conversation|session|application|app|chat|game|call)\b/i
    .test(clause) || /^(?:exit|quit|end|EndProgram\(\)|Exit\(\))[.;]?$/i.test(clause);
}
