import type { Action } from "./action.ts";
import { mentionsIn, type Receiver } from "./names.ts";
import type { Context } from "./context.ts";
import { type NameScope, statePlace, type ValuePlace } from "./scope.ts";
import { maskQuoted, snakeCase, wordsOf } from "./words.ts";

/** Says a clause as written. If it consists of a quotation, says the quoted text. */
export function say(clause: string, target: Receiver, asks: readonly ValuePlace[] | undefined): Action {
  const quote =
    /^[A-Za-z]+(?:\s+(?:to\s+)?(?:the\s+|your\s+)?\$?[\w-]+)?(?:\s+that)?[,:]?\s+(?:"((?:[^"\\]|\\.)*)"|“([^”]*)”)[.!?]?$/
      .exec(clause);
  const said = quote?.[1] ?? quote?.[2];
  return said === undefined
    ? { kind: "say", target, said: clause, quoted: false, asks }
    : { kind: "say", target, said: said.replaceAll('\\"', '"').replaceAll("\\n", "\n"), quoted: true, asks };
}

/** `Say("text")`, `Say(user, text)`, `Say("agent 1001", "text")`; the text need not be quoted. */
export function readSay(clause: string, context: Context): Action {
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

/** The target of a name: `$buyer`, `agent 1001`, `meeting`, a person, a class. */
export function targetNamed(name: string, { reading, scope }: Context): Receiver | undefined {
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

/** The target of a mention: a known agent of that class, if there is one. */
export function toTarget(
  mention: { readonly name: string; readonly kind: "person" | "class" },
  scope: NameScope,
): Receiver {
  if (mention.kind === "person") return { code: JSON.stringify(mention.name) };
  return { code: scope.agentOf(mention.name) ?? JSON.stringify(mention.name), klass: mention.name };
}

/** The target of a clause: the name after the verb, else the name after "to" or "with", else the user. */
export function receiverOf(clause: string, context: Context): Receiver {
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

/** The variables that a question fills: those with `$`, else one made from the words after "for" or "their". */
export function askedPlaces(clause: string, { scope }: Context): ValuePlace[] {
  const masked = maskQuoted(clause);
  const named = [...masked.matchAll(/\$([A-Za-z_]\w*)/g)]
    .map((match) => match[1]!)
    .filter((name, index, all) =>
      all.indexOf(name) === index && scope.classOf(scope.reference(name)) === undefined
    );
  const listed =
    /\bfor\s+((?:[\w'’]+\s+){0,5}\$\w+(?:(?:\s*,\s*|\s+and\s+|\s*,\s*and\s+)(?:[\w'’]+\s+){0,4}\$\w+)*)\s*(?:$|[.?!(,]|again\b|in\b|so\b|until\b)/i
      .exec(masked)?.[1];
  if (listed !== undefined) return [...listed.matchAll(/\$(\w+)/g)].map((match) => statePlace(match[1]!));
  const unknown = named.filter((name) => !scope.knows(name));
  if (named.length > 0) return (unknown.length > 0 ? unknown : named.slice(0, 1)).map(statePlace);
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
  return name === "" || /^\d/.test(name) ? [] : [statePlace(name)];
}

const stopWords: ReadonlySet<string> = new Set(
  ("that which who to until till so for from like or and in on at of before after when while is are was would with again if " +
    "as using but then please").split(" "),
);
