import { type AgentClass, nameKey, type Playbook, type Step, type Trigger } from "../../language/mod.ts";
import { triggeredPlaybook } from "../../prompt/triggered.ts";
import type { Encoded } from "../../sandbox/mod.ts";
import type { Note } from "../../sandbox/sandbox.ts";
import type { Cause, Firing } from "../fold/entry.ts";
import { chainOf, type Fired, type Frame, type State } from "../fold/state.ts";

// Which trigger a call of a model is for, and its cause. A trigger does not fire twice for one cause.

/** Whether a call is for a trigger, and whether that trigger has fired for the same cause already. */
type CallVerdict =
  | { readonly kind: "plain" }
  | { readonly kind: "fires"; readonly firing: Firing }
  | { readonly kind: "again"; readonly before: Fired };

/** The parts of a call that its trigger depends on. */
interface TriggeredCall {
  /** The playbook that makes the call; `undefined` if its text is not known. */
  readonly caller: Playbook | undefined;
  readonly callee: Playbook;
  readonly args: Readonly<Record<string, Encoded>>;
}

/**
 * Judges a call by a model of a playbook with triggers. A call that the calling playbook names is a step like any other,
 * and so are all calls of code of the program.
 */
export function judgeCall(state: State, frame: Frame, { caller, callee, args }: TriggeredCall): CallVerdict {
  const triggers = callee.triggers.filter(({ kind }) => kind !== "begin");
  if (triggers.length === 0 || frame.running?.kind !== "turn" || frame.mode !== "model") return plain;
  if (caller && names(caller, callee)) return plain;
  const text = argsText(args);
  const causes = causesOf(state, frame, callee, triggers);
  const fired = state.agents[frame.agent]?.fired ?? [];
  const before = (cause: Cause) =>
    fired.find((each) =>
      each.by !== "announced" && each.playbook === callee.name && isSame(each.cause, cause) &&
      (each.args === undefined || each.args === text)
    );
  const fresh = causes.find((cause) => before(cause) === undefined);
  if (fresh === undefined) return { kind: "again", before: before(causes[0]!)! };
  const trigger = triggerFor(triggers, fresh).text;
  return { kind: "fires", firing: { playbook: callee.name, trigger, by: "model", cause: fresh, args: text } };
}

const plain: CallVerdict = { kind: "plain" };

/** The firing of a trigger that a model announces with `LogTrigger`: by its id (`T1`, `Refund:T1`), playbook or text. */
export function announcedFiring(
  state: State,
  frame: Frame,
  { agentClass, playbook, text }: {
    readonly agentClass: AgentClass;
    readonly playbook: Playbook;
    readonly text: string;
  },
): Firing | undefined {
  const [, name, id] = /^(?:(.*?)\s*:\s*)?(T\d+)(?:\s*:.*)?$/.exec(text.trim()) ?? [];
  for (
    const callee of [...agentClass.playbooks].sort((a, b) => Number(b === playbook) - Number(a === playbook))
  ) {
    const triggers = callee.triggers.filter(({ kind }) => kind !== "begin");
    const isNamed = name === undefined
      ? nameKey(callee.name) === nameKey(text)
      : nameKey(callee.name) === nameKey(name);
    const trigger = triggers.find((each) => nameKey(each.text) === nameKey(text)) ??
      (isNamed ? triggers.find((each) => each.id === id) ?? triggers[0] : undefined);
    if (trigger?.when !== undefined || !trigger) continue;
    const cause = causesOf(state, frame, callee, [trigger])[0]!;
    const fired = state.agents[frame.agent]?.fired ?? [];
    if (fired.some((each) => each.playbook === callee.name && isSame(each.cause, cause))) return undefined;
    return { playbook: callee.name, trigger: trigger.text, by: "announced", cause };
  }
  return undefined;
}

/**
 * The firing of a trigger whose playbook a model carried out in the place of `ProcessMessages` in a turn that ends: it
 * did steps, and called no playbook of a trigger for the messages.
 */
export function firingInPlace(
  state: State,
  frame: Frame,
  { agentClass, notes = [] }: {
    readonly agentClass: AgentClass;
    readonly notes?: readonly Note[] | undefined;
  },
): Firing | undefined {
  const message = frame.took?.[0];
  if (frame.root !== "messages" || message === undefined) return undefined;
  if (frame.step === undefined && !notes.some(({ kind }) => kind === "step")) return undefined;
  const found = triggeredPlaybook(agentClass, frame);
  if (!found) return undefined;
  const { playbook, trigger } = found;
  const cause = messageCause(frame, message);
  const fired = state.agents[frame.agent]?.fired ?? [];
  const isKnown = fired.some((each) =>
    each.by !== "announced" && each.playbook === playbook.name && isSame(each.cause, cause)
  );
  return isKnown ? undefined : { playbook: playbook.name, trigger, by: "model", cause };
}

/** The possible causes of a trigger, the most likely first. */
function causesOf(
  state: State,
  frame: Frame,
  callee: Playbook,
  triggers: readonly Trigger[],
): readonly Cause[] {
  const reader = chainOf(state, frame).findLast(({ took }) => took !== undefined);
  const messages = reader?.took?.map((id) => messageCause(reader, id)) ?? [];
  if (messages.length > 0 && triggers.some(({ kind }) => kind === "event")) return messages;
  const relevant = changeIn(
    state,
    frame,
    callee,
    (name) => triggers.some(({ text }) => namesVariable(text, name)),
  );
  if (relevant) return [relevant];
  if (messages.length > 0) return messages;
  const { turn, step } = frame;
  return [
    changeIn(state, frame, callee, () => true) ??
      { kind: "step", frame: frame.id, turn, ...(step === undefined ? {} : { step }) },
  ];
}

/** The newest change of variables that the called playbook did not make. */
function changeIn(
  state: State,
  { agent: id }: Frame,
  callee: Playbook,
  isRelevant: (name: string) => boolean,
): Cause | undefined {
  const agent = state.agents[id];
  const own = new Set(callee.parameters.filter(({ state }) => state).map(({ name }) => name));
  const written = Object.entries(agent?.writes ?? {}).filter(([name]) => !own.has(name) && isRelevant(name));
  const position = Math.max(0, ...written.map(([, write]) => write.position));
  if (position === 0) return undefined;
  const names = written.filter(([, write]) => write.position === position).map(([name]) => name);
  return { kind: "change", position, names };
}

/** Whether the text of a trigger is about a variable: `$balance`, or "the balance". */
function namesVariable(text: string, name: string): boolean {
  const words = name.replace(/([a-z\d])([A-Z])/g, "$1 $2").replaceAll("_", " ").toLowerCase();
  return ` ${text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " ")} `.includes(` ${words} `) ||
    new RegExp(`\\$${name}(?!\\w)`).test(text);
}

function messageCause(frame: Frame, message: string): Cause {
  const messages = frame.args["messages"];
  const index = frame.took?.indexOf(message) ?? -1;
  const taken = Array.isArray(messages)
    ? (messages as readonly { readonly from?: Encoded }[])[index]
    : undefined;
  return { kind: "message", message, from: String(taken?.from ?? "") };
}

function triggerFor(triggers: readonly Trigger[], cause: Cause): Trigger {
  const kind = cause.kind === "message" ? "event" : "condition";
  return triggers.find((each) => each.kind === kind) ?? triggers[0]!;
}

function isSame(one: Cause, other: Cause): boolean {
  if (one.kind === "message" && other.kind === "message") return one.message === other.message;
  if (one.kind === "change" && other.kind === "change") return one.position === other.position;
  return one.kind === "step" && other.kind === "step" && one.frame === other.frame &&
    one.turn === other.turn &&
    one.step === other.step;
}

/** Whether a line of a playbook has all words of another one's name. */
function names(caller: Playbook, callee: Playbook): boolean {
  const texts = (steps: readonly Step[]): string[] =>
    steps.flatMap((step) => [step.text, ...texts(step.children)]);
  const lines = [...caller.description.split("\n"), ...texts(caller.steps), ...caller.notes];
  const words = callee.name.replace(/([a-z\d])([A-Z])/g, "$1 $2").toLowerCase().split(/[^\p{L}\p{N}]+/u);
  return lines.some((line) => {
    const key = nameKey(line);
    return words.every((word) => key.includes(word.replace(/(?:ing|ed|es|s|e)$/, "")));
  });
}

/** Bound on the characters of arguments that a firing keeps. */
const maxArgsCharacters = 200;

function argsText(args: Readonly<Record<string, Encoded>>): string {
  const text = JSON.stringify(args);
  return text.length <= maxArgsCharacters
    ? text
    : `${text.slice(0, maxArgsCharacters).toWellFormed()}… ${text.length}`;
}
