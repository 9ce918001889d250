import type { AgentClass, Playbook } from "../language/mod.ts";
import type { Encoded } from "../sandbox/mod.ts";
import type { Frame } from "../engine/fold/state.ts";

/** A playbook whose trigger may apply to messages. */
interface Triggered {
  readonly playbook: Playbook;
  readonly trigger: string;
}

/**
 * The one playbook of an agent whose trigger may apply to the messages of a frame: the only one with a trigger, or the
 * only one whose trigger has the words of the messages. The model judges whether the trigger does apply.
 */
export function triggeredPlaybook(agentClass: AgentClass, frame: Frame): Triggered | undefined {
  const candidates = agentClass.playbooks.filter(({ meeting }) => !meeting).flatMap((playbook) =>
    playbook.triggers.filter(({ kind, text }) => kind !== "begin" && !isComputable(text))
      .map(({ text }) => ({ playbook, trigger: text }))
  );
  const isOnly = new Set(candidates.map(({ playbook }) => playbook)).size === 1;
  const heard = new Set(messageWords(frame.args["messages"]).map(stem));
  const fitting = isOnly ? candidates : candidates.filter(({ trigger }) => fits(trigger, heard));
  const [first] = fitting;
  if (!first || fitting.some(({ playbook }) => playbook !== first.playbook)) return undefined;
  const { mode, hidden, placeholders } = first.playbook;
  // A function is one call, and placeholders have no values here.
  return mode === "code" || mode === "raw" || hidden || placeholders.length > 0 ? undefined : first;
}

/** Whether a condition is about variables, as in "When $x > 15". */
function isComputable(text: string): boolean {
  return /\$\w+\s*(?:[<>=!]|\bis\b)/.test(text);
}

/** The part of a trigger's words that must be in the messages. */
const fittingPart = 0.6;

function fits(trigger: string, heard: ReadonlySet<string>): boolean {
  const words = wordsOf(trigger).filter((word) => !common.has(word)).map(stem);
  return words.length > 0 && words.filter((word) => heard.has(word)).length >= words.length * fittingPart;
}

/** The words of messages, with the names of their senders. */
function messageWords(messages: Encoded | undefined): string[] {
  const list = Array.isArray(messages) ? messages as readonly { readonly [key: string]: Encoded }[] : [];
  return list.flatMap(({ from, klass, text }) => wordsOf(`${from} ${klass} ${text}`));
}

function wordsOf(text: string): string[] {
  const spaced = text.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
  return spaced.match(/[\p{L}\p{N}']+/gu) ?? [];
}

function stem(word: string): string {
  return word.replace(/(?:ing|ed|es|s|e)$/, "");
}

/** Words that say nothing about what a trigger is about. */
const common: ReadonlySet<string> = new Set(
  ("when whenever as soon if once the a an user agent someone somebody you your asks ask asked for to is are of and or in on it its " +
    "provides provide gives give wants want gets get receives receive needs need about any message messages they their them with")
    .split(" "),
);
