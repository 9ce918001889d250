import { namePattern } from "../../src/language/variable_names.ts";
import type { Action } from "./action.ts";
import { meaningOf } from "./calls.ts";
import { translate } from "./expression.ts";
import { mentionsIn } from "./names.ts";
import { countIn } from "./numbers.ts";
import type { Context } from "./context.ts";
import { pattern } from "./pattern.ts";
import { statePlace, type ValuePlace } from "./scope.ts";
import { snakeCase, wordsOf } from "./words.ts";

/** "Create a Buyer agent $buyer", "create two Players", `CreateAgent("Player", "Hatter")`. */
export function readCreate(clause: string, context: Context): Action[] {
  const { reading, scope } = context;
  const spelled = [
    ...clause.matchAll(/CreateAgent\(\s*["']?(\w+)["']?\s*(?:,\s*(?:name\s*=\s*)?["']([^"']+)["'])?\s*\)/g),
  ];
  const classes = [...reading.others.map((other) => other.klass), reading.klass];
  if (spelled.length > 0) {
    const into = pattern.u`^\$(${namePattern})\s*=`.exec(clause)?.[1];
    return spelled.map((match, index) => {
      const name = snakeCase(wordsOf(match[2] ?? match[1]!));
      const place = into !== undefined && index === 0 ? statePlace(into) : scope.local(name);
      return create(match[1]!, match[2], place);
    });
  }
  const several =
    /^(create|spawn|launch)\s+(.+?)(?:,\s*(?:and\s+)?|\s+and\s+)((?:an?|another|one|two|three|four|five|\d+)\s+.+)$/i
      .exec(clause);
  if (several) {
    const all = [several[2]!, several[3]!].map((part) => readCreate(`${several[1]} ${part}`, context));
    if (all.every((actions) => actions.length > 0)) return all.flat();
  }
  const begin = /^(?:create|creates|creating|spawn|start|instantiate|launch)\s+/i.exec(clause);
  if (!begin) return [];
  const rest = clause.slice(begin[0].length);
  const mention = mentionsIn(rest, {
    ...reading,
    people: [],
    displayNames: [],
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
  const variable = pattern.u`^\s*(?:agents?\s+)?(?:(?:as|in|into|called|named)\s+)?\$(${namePattern})`
    .exec(
      rest.slice(mention.end),
    )?.[1];
  const after = rest.slice(mention.end);
  const named = /\b(?:named|called)\s+["“]?([\p{L}\p{N}_]+)["”]?/u.exec(after)?.[1];
  const values = valuesIn(after, context);
  const words = wordsOf(mention.name);
  const base = snakeCase(words.length > 1 && words.at(-1) === "agent" ? words.slice(0, -1) : words);
  const count = countIn(rest.slice(0, mention.start));
  return Array.from({ length: count }, (_, index) => {
    const local = scope.local(count > 1 ? `${base}_${index + 1}` : base);
    return create(mention.name, named, variable === undefined ? local : statePlace(variable), values);
  });
}

/**
 * The first variables that a step names, as properties: `with $level = 3 and $city = "Rome"`, `whose name is "Zoe"`,
 * `(name: "Zoe")`.
 */
function valuesIn(text: string, context: Context): string[] {
  const list =
    /^\s*(?:agents?\s+)?(?:(?:as\s+|in\s+|into\s+|called\s+|named\s+)?[\p{L}\p{N}_$]+\s+)??(?:(?:with|whose|where|having)\s+(.+?)|\((.+)\))\s*[.]?$/isu
      .exec(text);
  if (!list) return [];
  const parts = (list[1] ?? list[2]!).split(/,\s*(?:and\s+)?(?=\$?[\p{L}_])|\s+and\s+(?=\$?[\p{L}_])/iu);
  return parts.flatMap((part) => {
    const [, name, value] = pattern
      .isu`^(?:(?:the|an?|its|his|her|their)\s+)?\$?(${namePattern})\s*(?:=|:|\bis\b|\bset to\b|\bof\b|(?=["“\d[{]))\s*(.+)$`
      .exec(part) ?? [];
    const code = value === undefined ? undefined : translate(value, meaningOf(context));
    return code === undefined ? [] : [`${JSON.stringify(name)}: ${code}`];
  });
}

function create(
  klass: string,
  name: string | undefined,
  place: ValuePlace,
  values: readonly string[] = [],
): Action {
  const properties = [...(name === undefined ? [] : [`name: ${JSON.stringify(name)}`]), ...values];
  return {
    kind: "create",
    klass,
    properties: properties.length === 0 ? "" : `{ ${properties.join(", ")} }`,
    place,
  };
}
