import { type Action, nothing } from "./action.ts";
import { assignmentIn } from "./assignments.ts";
import { callIn, meaningOf, naturalCall, requestTo } from "./calls.ts";
import { stripFillers } from "./clauses.ts";
import type { Context } from "./context.ts";
import { translate } from "./expression.ts";
import { readCreate } from "./create.ts";
import { playbookIn } from "./names.ts";
import { textLiteral } from "./say_text.ts";
import { statePlace } from "./scope.ts";
import { askedPlaces, readSay, receiverOf, say } from "./speech.ts";
import { readWait, readYield } from "./waits.ts";
import { askVerbs, exchangeVerbs, requestVerbs, speechVerbs, verbOf, wordsOf } from "./words.ts";

/** Reads one clause. An unknown clause is `nothing`: the step is passed without an effect. */
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

/** A value that only a model could find. The step's own words replace it. */
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
  return { kind: "set", place: statePlace(name), value, result: true };
}

function readReturn(rest: string, context: Context): Action {
  const { scope, lastResult } = context;
  const text = rest.trim().replace(/^(?:with|back)\s+/i, "").replace(/^[:,]\s*/, "").replace(/[.;]$/, "")
    .trim();
  if (text === "") return { kind: "return", value: "" };
  const names = /^\$\w+(?:\s*(?:,|and|,\s*and)\s+\$\w+)+$/.test(text)
    ? [...text.matchAll(/\$(\w+)/g)].map((match) => `${match[1]}: ${scope.reference(match[1]!)}`)
    : [];
  if (names.length > 0) return { kind: "return", value: `{ ${names.join(", ")} }` };
  const value = translate(text, meaningOf(context));
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
