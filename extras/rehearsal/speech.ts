import { namePattern, variablesIn } from "../../src/language/variable_names.ts";
import type { Action } from "./action.ts";
import type { Context } from "./context.ts";
import { mentionsIn, type Receiver } from "./names.ts";
import { pattern } from "./pattern.ts";
import { indirectQuestion, statement } from "./pronouns.ts";
import { capitalised, nameText, shown, textLiteral } from "./say_text.ts";
import { type NameScope, referenceTo, statePlace, type ValuePlace } from "./scope.ts";
import { articles, maskQuoted, snakeCase, wordsOf } from "./words.ts";

const unknown: Action = { kind: "unknown" };

/** Says what a clause quotes, states or names. An agent gets the clause itself if there is nothing to say. */
export function readSpeech(clause: string, verb: string, context: Context): Action {
  const { target, rest } = splitTarget(clause, context);
  const text = wordsIn(rest, verb, target, context) ??
    (target.klass === undefined ? undefined : textLiteral(capitalised(clause), context.scope));
  return text === undefined ? unknown : { kind: "say", target, text };
}

/** `Say("text")`, `Say(user, text)`, `Say("agent 1001", "text")`; the text need not be quoted. */
export function readSay(clause: string, context: Context): Action {
  const inside = clause.replace(/^Say\(/, "").replace(/\)\s*[.;]?$/, "").trim();
  const split = /^(?:"([^"]*)"|'([^']*)'|(\$?[\w ]+?))\s*,\s*([\s\S]+)$/.exec(inside);
  const to = split ? (split[1] ?? split[2] ?? split[3]!).trim() : "";
  const target = split ? targetNamed(to, context) : undefined;
  const text = target ? split![4]! : inside;
  const quoted = quotedIn(text);
  if (quoted === undefined) return readSpeech(text, /^\w+/.exec(text)?.[0].toLowerCase() ?? "", context);
  return { kind: "say", target: target ?? user, text: textLiteral(quoted, context.scope) };
}

/** Asks for what a clause quotes or names, and waits for the answers. */
export function readAsk(clause: string, context: Context): Action {
  const { target, rest } = splitTarget(clause, context);
  const request = quotedIn(rest) === undefined && needsNoAnswer.test(rest) && target.klass === undefined
    ? questionFrom(rest, undefined, context)
    : undefined;
  if (request !== undefined) {
    return {
      kind: "say",
      target,
      text: textLiteral(capitalised(`${request.replace(/[.]$/, "")}.`), context.scope),
    };
  }
  const places = askedPlaces(clause, rest, context);
  const all = places.length > 0 ? places : [context.scope.local("reply")];
  const quoted = quotedIn(rest);
  if (quoted !== undefined) {
    return { kind: "ask", target, questions: [textLiteral(quoted, context.scope)], places: all };
  }
  if (target.klass !== undefined) {
    const words = clause.replace(
      pattern.gu`\$(${namePattern})`,
      (all, name: string) => context.scope.knows(name) ? all : nameText(name),
    );
    const request = textLiteral(capitalised(words), context.scope);
    return { kind: "ask", target, questions: [request], places: all.slice(0, 1) };
  }
  const questions = all.map((place) => {
    const words = all.length === 1 ? questionFrom(rest, places[0], context) : `${nameText(place.name)}?`;
    return words === undefined ? undefined : textLiteral(capitalised(words), context.scope);
  });
  return { kind: "ask", target, questions, places: all };
}

/** "Ask them to wait": they do it, and say nothing. */
const needsNoAnswer = /^\s*to\s+(?:wait|hold on|stand by|be (?:patient|quiet)|halt|pause|resume)\b/i;

/** The JavaScript of what a clause says after its verb and its target. */
function wordsIn(rest: string, verb: string, target: Receiver, context: Context): string | undefined {
  const { scope, reading } = context;
  const text = rest.replace(/^[:,]\s*/, "").trim();
  const quoted = quotedIn(text);
  const isName = /^(?:to|for)\s+(?:the\s+)?["“]/i.test(text);
  if (quoted !== undefined && !isName) return textLiteral(quoted, scope);
  const direct = /^:\s*\S/.test(rest) || verbsOfWords.has(verb) && /^(?:[A-Z](?!\w*\()|I\b)/.test(text);
  if (direct) return textLiteral(text, scope);
  const [, label, after] = /^([^:"{]{1,60}):\s+(\S.*)$/s.exec(text) ?? [];
  if (label && after) {
    const isShort = /^(?:their|his|her|your|the)(?:\s+\w+){1,3}$/i.test(label);
    const lead = isShort ? `${statement(label.replace(/\s+back$/, ""), { end: "" })}: ` : "";
    return textLiteral(capitalised(`${lead}${after}`), scope);
  }
  const greeting = greetings.find(([verbs]) => new RegExp(`^(?:${verbs})$`).test(verb))?.[1];
  const stated = /^that\s+(.+)$/is.exec(text)?.[1] ??
    /^(?:you|they|we|it|this|there|I)(?:['’]\w+|\s+(?:will|are|is|can|have|has|need|may|should|must))\b.+$/is
      .exec(text)?.[0] ??
    /^(?!(?:about|how|what|why|when|where|who|which|if|whether|of|for|to|with|an?)\b)(?:(?!what|how|that|which|who|they|you|we\b)[\w'-]+\s+){1,5}?(?:is|are|was|were|has|have|will|can)\b.+$/is
      .exec(text)?.[0];
  if (stated) return textLiteral(capitalised(statement(stated)), scope);
  if (
    greeting === undefined && /^[{$]/.test(text) &&
    !pattern.u`^\$${namePattern}(?:\s*(?:,|and|,\s*and)\s*(?:the\s+)?\$${namePattern})*\.?$`
      .test(text)
  ) {
    return textLiteral(text, scope);
  }
  const who = variablesIn(text).filter((name) => scope.classOf(scope.reference(name)) === undefined);
  const by = who.length === 1 && scope.knows(who[0]!)
    ? `, ${"$" + who[0]}`
    : /\bby (?:their )?name\b/i.test(text) && scope.knows("name")
    ? ", $name"
    : "";
  if (verb === "wish") {
    return textLiteral(`${/^an?\b/i.test(text) ? `Have ${text}` : capitalised(text)}!`, scope);
  }
  if (greeting !== undefined) {
    const more = verb === "welcome"
      ? /^to (?:the )?[A-Z][\w ]*/.exec(text.replace(/["“”]/g, ""))?.[0]
      : /^for .+/i.exec(text)?.[0];
    return textLiteral(`${greeting}${more ? ` ${statement(more, { end: "" })}` : by}!`, scope);
  }
  const said =
    /^(?:a |an |your )?(?:(?:warm|friendly|polite) )?(hello|hi|goodbye|good ?bye|bye|farewell|thanks|thank you|sorry|good (?:morning|day|evening|night))\b/i
      .exec(text)?.[1];
  const short = verb === "say"
    ? /^(?!(?:something|what|an?|the|it|that|this|their|your|how|why|who|so|yes if)\b)[a-zà-ÿ]+(?: [a-zà-ÿ]+)?[.!]?$/
      .exec(text)?.[0]
    : undefined;
  if (short && !labelled(text, target, scope)) {
    return textLiteral(`${capitalised(short.replace(/[.!]$/, ""))}${by}!`, scope);
  }
  if (said) return textLiteral(`${capitalised(said.toLowerCase())}${by}!`, scope);
  const name = /^(?:yourself|about yourself|who you are)(?:\s+as\s+(?:an?\s+)?([\w. ]+))?/i.exec(text);
  if (name) return textLiteral(`I am ${(name[1] ?? reading.title).trim().replace(/\.$/, "")}.`, scope);
  return labelled(text, target, scope);
}

/** `Name: Ada, age: 30`: the values of all variables that a text names, with `$` or without. */
function labelled(text: string, target: Receiver, scope: NameScope): string | undefined {
  const parts = maskQuoted(
    text.replace(/\b(?:names?|values?|list|contents?|details?|results?|total|number) of\b/gi, ""),
  )
    .split(/,|\band\b|\bor\b|\bof\b|\bfor\b|\bwith\b|\bin\b|\bto\b|\babout\b|\bon\b|\bfrom\b|\bas\b/);
  const named = parts.flatMap((part): [string, string][] => {
    const written = variablesIn(part);
    if (written.length > 0) return written.map((name) => [name, scope.reference(name)]);
    if (target.klass !== undefined) return [];
    const words = wordsOf(part).filter((word) => !articles.has(word) && word !== "user");
    for (let from = 0; from < words.length; from++) {
      const place = scope.findPlace(words.slice(from));
      if (place) return [[place.name, referenceTo(place)]];
    }
    return [];
  }).filter(([, reference]) => scope.classOf(reference) === undefined);
  if (named.length === 0) return undefined;
  const values = [...new Map(named)].map(([name, reference]) =>
    `${nameText(name)}: \${${shown(reference, name)}}`
  );
  return `\`${capitalised(values.join(", "))}\``;
}

/** The question for a place, in the words of the clause as far as they make one. */
function questionFrom(rest: string, place: ValuePlace | undefined, { scope }: Context): string | undefined {
  // "their income as $income": the words after "as" only name the variable.
  const text = withoutExamples(rest.replace(/^[:,]\s*/, "")).replace(/\(.*/s, "").trim().replace(/[.?!]$/, "")
    .replace(pattern.iu`(?<=\S)\s+(?:as|into)\s+\$${namePattern}$`, "");
  const value = pattern.u`^\$(${namePattern})$`.exec(text)?.[1];
  if (value && scope.knows(value)) return text;
  const plain = text.replace(/\s+again$/i, "").replace(
    pattern.gu`\{?\$(${namePattern})\}?`,
    (all, name: string) => scope.knows(name) && name !== place?.name ? all : nameText(name),
  );
  if (/^[A-Z].*\s/.test(text) && /\?$/.test(rest.trim())) return `${plain}?`;
  const indirect = plain.split(/(?:,\s*|\s+)and\s+(?=(?:what|which|how|if|whether|where|when|why|who)\b)/i)
    .map(indirectQuestion);
  if (indirect.every((each) => each !== undefined)) return indirect.join(" ");
  const request = /^to\s+(.+)$/i.exec(plain)?.[1];
  if (request) return `please ${statement(request)}`;
  const noun = /^(?:for\s+)?((?:the|an?|their|his|her|some|any|another)\s+.{1,60}|[\w'-]+(?: [\w'-]+)?)$/i
    .exec(
      plain,
    )?.[1];
  if (noun && !/^(?:about|if|whether|what|how|why|which|who|when|where|until)\b|\bquestions\b/i.test(noun)) {
    return `${statement(noun.replace(/^(?:for|the|an?|some|any)\s+/i, ""), { end: "" })}?`;
  }
  return place === undefined ? undefined : `${nameText(place.name)}?`;
}

/** A question's text without its examples, which are no further questions: "for dates, such as 1 May". */
function withoutExamples(text: string): string {
  return text.replace(
    /\s*,?\s+(?:such as|e\.g\.|for example|for instance|including)(?!\w).*$/is,
    "",
  );
}

/** The text of the quotes in a clause, without those of examples. */
function quotedIn(text: string): string | undefined {
  const said: string[] = [];
  for (
    const match of text.matchAll(
      /(?<![\w\\])"((?:[^"\\]|\\.)*)"|“([^”]*)”|(?<![\w\\])'([^']*)'(?!\w)|`([^`]*)`/g,
    )
  ) {
    if (/(?:e\.g\.|i\.e\.|for example|for instance|such as|like)[^"“]*$/i.test(text.slice(0, match.index))) {
      break;
    }
    said.push(match[1] ?? match[2] ?? match[3] ?? match[4] ?? "");
  }
  return said.length === 0 ? undefined : said.join(" ").replaceAll('\\"', '"').replaceAll("\\n", "\n");
}

/** The target of a clause, and the words that are left without it and without the verb. */
function splitTarget(clause: string, context: Context): { readonly target: Receiver; readonly rest: string } {
  const masked = maskQuoted(clause);
  const lead = /^\w+(?:\s+(?:out|back|up))?(?:\s+(?:to|with))?/i.exec(masked)?.[0] ?? "";
  const after = clause.slice(lead.length);
  const direct =
    new RegExp(`^\\s+(?:(?:the|your|our|a|an|all|each|both|every)\\s+)*(?:${partners})\\b(?!['’])`, "i")
      .exec(after) ??
      /^\s+(?:the|your|our|each|every)\s+[a-z]+(?=\s+(?:for|to|what|which|if|whether|how|where|when|who|about|why|that)\b|\s*["“:])/
        .exec(
          takesPerson.test(lead) &&
            mentionsIn(maskQuoted(after), context.reading)[0]?.start !==
              /^\s+(?:the|your|our|each|every)\s+/.exec(after)?.[0].length
            ? after
            : "",
        );
  if (direct) {
    // In a meeting, "them" and "the players" are those who take part.
    const isMeeting = context.reading.isInMeeting && !outsiders.test(direct[0]);
    return { target: isMeeting ? { code: '"meeting"' } : user, rest: after.slice(direct[0].length).trim() };
  }
  const called =
    /^\s+\{?\$?(?<=[{$])(\w+)\}?(?=\s+(?:hello|hi|goodbye|bye|good|thanks|for|to|what|which|if|whether|how|where|when|who|about|why|that)\b|\s*["“:]|$)/
      .exec(after);
  if (
    called && takesPerson.test(lead) &&
    context.scope.classOf(context.scope.reference(called[1]!)) === undefined &&
    after.trim() !== `$${called[1]}`
  ) {
    return {
      target: user,
      rest: `${after.slice(called[0].length).trim()}${
        /^(?:thank|greet|welcome)/i.test(lead) ? ` $${called[1]}` : ""
      }`,
    };
  }
  const held = pattern.u`^\s+\$(${namePattern})`.exec(after);
  const code = held && context.scope.reference(held[1]!);
  const klass = code ? context.scope.classOf(code) : undefined;
  if (klass !== undefined) {
    return { target: { code: code!, klass }, rest: after.slice(held![0].length).trim() };
  }
  const target = receiverOf(clause, context);
  const mention = mentionsIn(masked, context.reading)[0];
  if (!mention) {
    const to = new RegExp(`\\s+(?:to|with|for|from)\\s+(?:(?:the|your|our|all)\\s+)*(?:${partners})\\b`, "i");
    return { target, rest: after.replace(maskQuoted(after) === after ? to : /$^/, "").trim() };
  }
  const before = masked.slice(lead.length, mention.start);
  if (/^\s*(?:(?:the|your|our|a|an|each|both|all|every)\s+)*$/i.test(before)) {
    return { target, rest: clause.slice(mention.end).replace(/^['’]s\b/, "their").trim() };
  }
  const trailing = /\s+(?:to|with|for|from)\s+(?:(?:the|your|our|all)\s+)*$/i.exec(before);
  if (!trailing) return { target, rest: after.trim() };
  return {
    target,
    rest: (clause.slice(lead.length, mention.start - trailing[0].length) + clause.slice(mention.end)).trim(),
  };
}

/** Words for the person, beside names. */
const partners =
  "user|human|person|people|customer|client|guest|visitor|caller|traveler|traveller|player|student|learner|patient|reader|audience|listener|everyone|everybody|them|him|her|me|us";

/** Verbs whose object is a person. */
const takesPerson = /^(?:ask|tell|inform|notify|remind|thank|greet|welcome|advise|assure|prompt)/i;

const outsiders = /\b(?:user|human|person|customer|client|visitor|caller|travell?er)\b/i;
const user: Receiver = { code: '"user"' };

/** Verbs that the said words follow. */
const verbsOfWords: ReadonlySet<string> = new Set(
  ["say", "reply", "respond", "answer", "print", "output", "display", "write"],
);

/** Verbs that mean words, and these words. */
const greetings: readonly (readonly [verbs: string, words: string])[] = [
  ["greet", "Hello"],
  ["welcome", "Welcome"],
  ["thank", "Thank you"],
  ["apologi[sz]e", "Sorry"],
  ["congratulate", "Congratulations"],
];

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
  const variable = pattern.u`^\w+\s+(?:to\s+|with\s+)?\$(${namePattern})`.exec(clause)?.[1];
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
  return reading.isInMeeting || /\b(?:to|in) the meeting\b/i.test(clause) ? { code: '"meeting"' } : user;
}

/** The variables that a question fills: those with `$`, else made from the words after "for" or "their". */
function askedPlaces(clause: string, rest: string, { scope, lastAsked }: Context): ValuePlace[] {
  const masked = maskQuoted(clause);
  const named = [...new Set(variablesIn(masked))]
    .filter((name) => scope.classOf(scope.reference(name)) === undefined);
  const fresh = named.filter((name) => !scope.knows(name));
  if (fresh.length > 0) return fresh.map(statePlace);
  const again = named.filter((name) =>
    new RegExp(
      `\\b(?:for|verify|confirm|correct|update|enter|provide|new)\\s+(?:[\\w'’]+\\s+){0,3}\\$${name}\\b`,
    ).test(masked)
  );
  if (named.length > 0) return again.map(statePlace);
  const listed = maskQuoted(rest).replace(/\(.*/s, "").trim().replace(/[.?]$/, "")
    .replace(
      /^(?:for|about|to (?:choose|enter|provide|type|pick|give|input|specify|select|share|supply|set))\s+/i,
      "",
    );
  const phrase = withoutExamples(listed).replace(
    /\s+(?:(?:that|which)\s+(?:use|need|contain|include|involve|require|mention)s?|(?<=[a-z]s )like)(?!\w).*$/is,
    "",
  );
  const one =
    /^(?:what|which)\s+((?:(?!(?:the|they|you|their|is|are|kind|to)\b)[\w'’-]+\s+){1,3})(?:they|the|you|he|she|is|would)\b/i
      .exec(phrase)?.[1] ??
      /^(?:what|which)\s+(?:their|the|is their)\s+(.+?)\s+(?:is|are)$/i.exec(phrase)?.[1];
  if (!one && !/^(?:their|his|her|the|an?)\s/i.test(phrase) && !/\bfor\s/i.test(rest)) return [];
  const places = (one ?? phrase).split(/,\s*(?:and\s+)?|\s+(?:and|or)\s+/).map((part) => {
    const words = part.replace(stops, "").trim();
    if (/^(?:an?\s+)?\w+\s+one$/i.test(words) && lastAsked) return lastAsked;
    const name = snakeCase(wordsOf(words).slice(-4));
    return /^[a-z]/.test(name) && !/^(?:what|which|how|why|who|when|where|if|whether|any|it)\b/.test(name)
      ? statePlace(name)
      : undefined;
  });
  const end = places.indexOf(undefined);
  return places.slice(0, end < 0 ? 5 : Math.min(end, 5)).map((place) => place!);
}

/** The words after a noun: "the order id that they were given". */
const stops =
  /\s+(?:that|which|who|to|until|till|so|from|like|in|on|at|before|after|when|while|is|are|was|were|would|with|again|if|as|using|but|then|please|e\.g|they|you|about|for)\b.*$/i;
