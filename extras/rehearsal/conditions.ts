import { meaningOf } from "./calls.ts";
import type { Draft } from "./draft.ts";
import { translate } from "./expression.ts";
import { mentionsIn } from "./names.ts";

/** A condition as JavaScript, or the rehearsal's guess where only a model can tell. */
export type Condition = { readonly code: string } | { readonly guess: boolean };

/** Reads a condition. Nobody is at fault, absent or leaving unless the program can compute it. */
export function readCondition(
  { condition, negated }: { readonly condition: string; readonly negated: boolean },
  draft: Draft,
): Condition {
  const code = translate(condition, meaningOf(draft.context(""))) ??
    personTest(condition, draft);
  if (code !== undefined) return { code: negated ? `!(${code})` : code };
  return { guess: exceptional.test(condition) === negated };
}

/** "Ben says yes": a test of what this person said last; "the user says yes": of the last words of a person. */
function personTest(condition: string, { scope, reading }: Draft): string | undefined {
  const named = mentionsIn(condition, reading)
    .find(({ kind, name, start }) => kind === "person" && name !== "user" && start === 0);
  if (named === undefined) return replyTest(condition, scope.lastReply);
  return replyTest(`they${condition.slice(named.end)}`, scope.replies.get(named.name));
}

/** "the user says done": a test of what a person said last. */
function replyTest(condition: string, reply: string | undefined): string | undefined {
  if (reply === undefined) return undefined;
  if (
    /^(?:so|yes|they (?:do|are|agree|say yes|want (?:to|one|it))|it (?:is|does|did|works?|worked))$/i.test(
      condition,
    )
  ) {
    return `hasWord(${reply}, ${JSON.stringify(yes)})`;
  }
  if (
    /^(?:not|no|they (?:don['’]t|do not|aren['’]t|are not|say no)|it (?:isn['’]t|doesn['’]t|didn['’]t|did not))$/i
      .test(condition)
  ) {
    return `!hasWord(${reply}, ${JSON.stringify(yes)})`;
  }
  const about = new RegExp(
    `^(?:(?:the\\s+)?(?:${persons})|they|he|she)(?:['’]s?\\s+(?:answer|reply|response|choice|input)\\s+(?:is|was))?\\s+(.+)$`,
    "i",
  )
    .exec(answered(condition.trim()))?.[1];
  if (
    about === undefined ||
    exceptional.test(about) && !/^(?:say|said|type|enter|choose|pick|select|answer)/i.test(about)
  ) {
    return undefined;
  }
  const [verb = "", ...rest] = about.toLowerCase().replace(/[^\p{L}\d]+/gu, " ").trim().split(" ");
  if (
    /^(?:says?|said|answers?|answered|replies|replied|responds?|responded|types?|typed|enters?|entered)$/
      .test(verb)
  ) {
    const words = rest.join(" ").replace(/^(?:with|that) /, "");
    return words === "" ? undefined : `hasWord(${reply}, ${
      JSON.stringify(
        /^no$/.test(words)
          ? "^no|nope"
          : /^(?:y|yes)$/.test(words)
          ? yes
          : words.replaceAll(" or ", "|").replace(/^goodbye$|^bye$/, "goodbye|bye"),
      )
    })`;
  }
  const isState =
    /^(?:is|are|has|have|wants?|would|agrees?|approves?|confirms?|accepts?|likes?|needs?|can|could)$/
      .test(verb);
  const words = [...(isState ? [] : [verb]), ...rest].filter((word) => word.length > 3 && !vague.test(word))
    .map((word) => `${word.replace(/(?:ing|ed|es|s|e)$/, "")}\\w*`);
  const ends = rest.some((word) => /^(?:end|stop|quit|exit|leave|finish|finished|done|goodbye)$/.test(word));
  const approved = /^approves?$/.test(verb) ? ["(?<!not )approved?"] : [];
  const all = [...(ends ? [usualEnd] : isState ? [yes, ...approved] : []), ...words].join("|");
  return all === "" ? undefined : `hasWord(${reply}, ${JSON.stringify(all)})`;
}

/** "the user's answer is no" as "the user says no". */
function answered(condition: string): string {
  return condition.replace(
    /['’]s?\s+(?:answer|reply|response|choice|input)\s+(?:is|was)\s+(?=["“']?[\p{L}\d]+["”']?$)/iu,
    " says ",
  );
}

/** The words of a person that end a loop, as a regular expression for `hasWord`. */
export function endWordsOf(
  { condition, negated }: { readonly condition: string; readonly negated: boolean },
): string {
  const said =
    /\b(?:say|said|type|enter|answer|repl|respond|write|choose|pick|select)\w*\s+(?:that\s+)?["'“]?([\w ]+?)["'”]?(?:\s+or\s+["'“]?([\w ]+?)["'”]?)?$/i
      .exec(condition.trim());
  const words = [said?.[1], said?.[2]].filter((word) => word !== undefined).map((word) => word.toLowerCase());
  const pleases = negated &&
    /\b(?:satisf|happy|agree|confirm|accept|approv|ready|lik|correct|good\b)/i.test(condition);
  const verbs = said ? [] : condition.toLowerCase().split(/[^\p{L}]+/u)
    .filter((word) =>
      word.length > 5 && !vague.test(word) && !new RegExp(`^(?:${persons}|conversation|continue)`).test(word)
    )
    .map((word) => `${word.replace(/(?:ing|ed|es|s|e)$/, "")}\\w*`);
  return [...words, ...(negated ? verbs : []), usualEnd, pleases ? yes : "^no|no thanks"].join("|");
}

const yes = "y|yes|yeah|yep|sure|ok|okay|good|great|perfect|fine";
const persons = "user|customer|client|guest|player|human|person|candidate|student|visitor|caller|patient";
const usualEnd = "done|exit|quit|stop|end|bye|goodbye|finished|enough|nothing|that s all|that is all";
const vague = /^(?:with|that|this|their|them|they|about|some|another|more|again|have|from|your)$/;

/** Conditions that are taken as not met. */
export const exceptional =
  /\b(?:not|no|none|never|nothing|isn['’]t|aren['’]t|doesn['’]t|don['’]t|didn['’]t|can['’]t|cannot|won['’]t|without|unable|invalid|missing|unknown|unclear|empty|unavailable|unsuccessful|fail\w*|errors?|wrong|incorrect|problems?|issues?|exceed\w*|too (?:many|long)|timeout|times out|exit|quit|done|gives? up|gave up|stop(?:s|ped)?|cancel\w*|leaves?|abort\w*|bye|goodbye|refuse\w*|declin\w*|reject\w*|disagree\w*|angry|upset|frustrated|gets? stuck|out of|sold out|neither|emergency)\b/i;
