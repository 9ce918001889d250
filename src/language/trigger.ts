import { computableCondition } from "./condition.ts";
import type { ListItem } from "./list.ts";
import type { Trigger } from "./program.ts";

/** Reads the items of a `### Triggers` section. */
export function readTriggers(items: readonly ListItem[]): Trigger[] {
  return items.map((item) => ({ text: oneLine(flatText(item)), location: item.location }))
    .filter(({ text }) => text !== "")
    .map(({ text, location }, index) => makeTrigger(text, index, location));
}

/** Makes the trigger `index` (from 0) of a playbook. The text may state its kind, as in `T1:BGN At the start`. */
export function makeTrigger(text: string, index: number, location: Trigger["location"]): Trigger {
  const coded = /^T\d+:([A-Z]{3})\s+([^]*)$/.exec(text);
  const words = oneLine(coded?.[2] ?? text);
  const kind = coded === null ? triggerKind(words) : kindOfCode[coded[1]!] ?? "condition";
  const when = kind === "condition" ? computableCondition(words) : undefined;
  return { id: `T${index + 1}`, kind, text: words, ...(when === undefined ? {} : { when }), location };
}

/** The code of each kind in `.pbasm` files. */
export const codeOfKind = { begin: "BGN", condition: "CND", event: "EVT" } as const;

/** Finds the kind of a trigger by its words: start of the program, event, or condition. */
function triggerKind(text: string): Trigger["kind"] {
  let end = text.length;
  while (end > 0 && ".,!:;".includes(text[end - 1]!)) end--;
  const words = text.slice(0, end).toLowerCase().replace(/\s+/g, " ").trim();
  if (beginPhrases.some((phrase) => phrase.test(words))) return "begin";
  return eventPhrases.some((phrase) => phrase.test(words)) ? "event" : "condition";
}

const kindOfCode: Readonly<Record<string, Trigger["kind"]>> = {
  BGN: "begin",
  CND: "condition",
  EVT: "event",
};

const whole =
  "(?:programs?|playbooks?|playbooks? program|agents?|application|app|script|system|session|execution|run|conversation)";

const beginPhrases = [
  new RegExp(
    `^(?:right )?(?:at|in|on|from) (?:the )?(?:very )?(?:beginning|start|startup|launch)(?: of (?:the |this )?${whole})?$`,
  ),
  new RegExp(`^(?:at|on) (?:the )?${whole} (?:start|startup|launch|begin|beginning)$`),
  new RegExp(
    `^(?:when|once|whenever|as soon as|after) (?:the |this |an? )?${whole} (?:is |has |have )?(?:first )?` +
      "(?:starts?|begins?|began|begun|launch(?:es|ed)?|started|starting)(?: up)?(?: (?:running|execution|executing|to run))?$",
  ),
  new RegExp(`^(?:when|once) (?:the )?user (?:starts|runs|launches|opens) (?:the |this )?${whole}$`),
  /^(?:when |once )?(?:started|starting|beginning|start|begin|startup)$/,
];

const person =
  "(?:the |a |an |any )?(?:users?|humans?|persons?|people|customers?|clients?|callers?|someone|somebody|visitors?|players?)";

const eventPhrases = [
  new RegExp(
    `\\b${person} (?:has |have )?(?:just )?(?:provid|giv|sa(?:ys?|id)\\b|ask|request|send|sent\\b|enter|typ(?:es?|ed)\\b|tell|told\\b|repl(?:y|ies|ied)|respond` +
      "|answer|mention|upload|submit|confirm|messag|write|wrote\\b|gave\\b|interrupt|speak|join|leave|call)",
  ),
  /\bmessages? (?:is |are |has |have )?(?:been )?(?:arriv|received|comes?|came)/,
  /\b(?:receiv\w*|gets?|got) (?:a |an |any |the |new )*(?:\w+ )?(?:messages?|invitation|reply|replies)\b/,
  /\binvited to (?:a |an |the |any )?(?:\w+ )?meeting/,
  /\b(?:new|incoming) messages?\b/,
];

/** Converts a text to one line. Removes marks that could begin a comment. */
function oneLine(text: string): string {
  return text.replace(/<!--|-->/g, "").replace(/\s+/g, " ").trim();
}

function flatText(item: ListItem): string {
  if (item.children.length === 0) return item.text;
  return `${item.text} ${item.children.map(flatText).join("; ")}`;
}
