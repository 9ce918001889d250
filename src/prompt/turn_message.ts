import { type Agent, chainOf, type Frame, type State, variablesSeenBy } from "../engine/fold/state.ts";
import { type AgentClass, type Playbook, playbookMarkdown } from "../language/mod.ts";
import type { Cause } from "../engine/fold/entry.ts";
import type { Encoded } from "../sandbox/mod.ts";
import { describeEffects, describeTurn } from "./describe.ts";
import type { MessageTexts } from "./message_texts.ts";
import { failureLines, repairLine } from "./failure.ts";
import { artifactsOfCode, artifactsOfPlaybook } from "./named_artifacts.ts";
import { lastStepLine, nextStepLine } from "./next_step.ts";
import { meetingLines, meetingNews } from "./meeting_lines.ts";
import { processMessages } from "./process_messages.ts";
import { triggeredPlaybook } from "./triggered.ts";

/** The parts of the program and the message that a turn's message is made of. */
interface MessageParts {
  readonly playbook: Playbook;
  readonly agentClass: AgentClass;
  readonly texts: MessageTexts;
  /** Whether to show all variables, not only those that changed since the last message. */
  readonly showsAll: boolean;
}

/**
 * The message that the next turn of a frame adds to its prompt. It begins with `[turn 3 of Main · Seller (agent
 * 1000)]`.
 */
export function turnMessage(state: State, frame: Frame, parts: MessageParts): string {
  const { playbook, agentClass } = parts;
  const head = `[turn ${frame.turn} of ${playbook.name} · ${agentClass.name} (agent ${frame.agent})]`;
  const description = frame.description ?? playbook.description;
  if (frame.mode === "raw") return `${head}\n\n${description.trim()}`;
  const lines = frame.transcript.length === 0
    ? firstTurn(state, frame, description, parts)
    : laterTurn(state, frame, parts);
  return [head, ...lines].join("\n");
}

function firstTurn(state: State, frame: Frame, description: string, parts: MessageParts): string[] {
  const { playbook, agentClass, texts } = parts;
  const isMessages = playbook.name === processMessages.name;
  const variables = variablesOf(state, frame);
  return [
    introduction(playbook),
    ...frame.changeSummary.flatMap((text) => ["", text]),
    "",
    ...fenced(playbookMarkdown(playbook, description).trim()),
    "",
    ...(isMessages ? triggeredLines(agentClass, frame) : []),
    ...callerLines(state, frame, texts),
    ...(isMessages
      ? messageLines(frame, texts)
      : labelled("Arguments", texts.record(frame.args, "arguments"))),
    ...labelled("State", texts.record(variables, "state")),
    ...artifactsOfPlaybook(state, frame, playbookMarkdown(playbook, description), texts),
    ...(chainOf(state, frame)[0] === frame ? firedLines(state, frame, 0) : []),
    ...meetingLines(state, frame, texts),
    ...heardLines(state, frame, texts),
  ];
}

function introduction(playbook: Playbook): string {
  if (playbook.name === processMessages.name) return "Do what this playbook says.";
  if (playbook.steps.length > 0) return "Run this playbook, from its first step.";
  return "Do what this playbook says; it has no steps. Write the code of one action, read its results in your next turn, " +
    "and decide on the next action, until the aim is reached. Then Return the result.";
}

/** The text of a playbook in a fence that is longer than every fence inside the text. */
function fenced(text: string): string[] {
  const longest = Math.max(3, ...[...text.matchAll(/`{3,}/g)].map((match) => match[0].length));
  const fence = "`".repeat(longest + 1);
  return [`${fence}md`, text, fence];
}

/** The steps of the playbook whose trigger may apply, so that they need no call and no other turn. */
function triggeredLines(agentClass: AgentClass, frame: Frame): string[] {
  const found = triggeredPlaybook(agentClass, frame);
  if (!found) return [];
  const { playbook, trigger } = found;
  const variables = playbook.parameters.map(({ name, state }) => state ? `state.${name}` : name);
  const first = variables.length > 0 ? ` Set ${variables.join(" and ")} first.` : "";
  return [
    `The trigger "${trigger}" may apply. If it does, carry out ${playbook.name} here, in this turn, and do not call it.${first} ` +
    "Say its result to the sender if an answer is expected.",
    "",
    ...fenced(playbookMarkdown(playbook, playbook.description).trim()),
    "",
  ];
}

/** The number of results of the calling code that a callee sees. */
const maxCallerResults = 50;

/** What the running turns of the callers have done up to the call, if they are the agent's own. */
function callerLines(state: State, frame: Frame, texts: MessageTexts): string[] {
  const parts: string[][] = [];
  for (let callee = frame; callee.caller;) {
    const { frame: id, ordinal } = callee.caller;
    const caller = state.frames[id];
    if (!caller?.running || caller.agent !== frame.agent) break;
    const { history } = caller.running;
    const { born } = callee;
    const before = history.slice(Math.max(0, history.length - maxCallerResults))
      .filter((result) => result.ordinal < ordinal && result.position < born);
    const { done, failed } = describeEffects(state, caller, { history, results: before }, texts);
    if (callee === frame && frame.callerLocals) {
      parts.unshift(labelled(`Locals of ${caller.playbook}`, texts.record(frame.callerLocals, "caller")));
    }
    parts.unshift(callerPart(caller, [...done, ...failed], texts));
    // A model's turn has its own message about its callers.
    if (caller.mode === "model") break;
    callee = caller;
  }
  return parts.flat();
}

function callerPart({ mode, turn, playbook }: Frame, done: readonly string[], texts: MessageTexts): string[] {
  if (done.length === 0) return [];
  const what = mode === "model" ? `turn ${turn} of ${playbook}` : playbook;
  return [`Done so far in ${what}, which calls this playbook:`, ...listed(done, "effects", texts)];
}

function listed(lines: readonly string[], what: string, texts: MessageTexts): readonly string[] {
  return texts.list(lines.map((line) => `- ${line}`), what);
}

/** What the agent heard and said before, in the first message of each thread. The frame's own messages are left out. */
function heardLines(state: State, frame: Frame, texts: MessageTexts): string[] {
  if (chainOf(state, frame)[0] !== frame) return [];
  const heard = withoutTaken(state.agents[frame.agent]?.heard ?? [], frame);
  if (heard.length === 0) return [];
  const name = (id: string | undefined) => {
    if (id === undefined) return "you";
    const agent = state.agents[id];
    return agent ? `${agent.klass} (agent ${id})` : id;
  };
  const lines = heard.map(({ from, to, text }) =>
    `${name(from)} to ${name(to)}: ${texts.words(text, `Words of ${name(from)}`)}`
  );
  return ["Said before:", ...listed(lines, "messages", texts)];
}

/** The number of fired triggers that a message shows. */
const maxFiredShown = 10;

/** The triggers of the agent that fired after a position. */
function firedLines(state: State, frame: Frame, after: number): string[] {
  const fired = (state.agents[frame.agent]?.fired ?? [])
    .filter(({ by, position }) => by !== "announced" && position > after).slice(-maxFiredShown);
  if (fired.length === 0) return [];
  return [
    "Triggers that fired, each once for its cause; do not call their playbooks for it again:",
    ...fired.map(({ playbook, trigger, by, cause }) =>
      `- ${playbook} ("${trigger}") ${causeWords(cause)}${by === "runtime" ? "; the runtime ran it" : ""}`
    ),
  ];
}

function causeWords(cause: Cause): string {
  switch (cause.kind) {
    case "message":
      return `for message ${cause.message}`;
    case "change":
      return `for the change of ${cause.names.join(", ")} at entry ${cause.position}`;
    case "step":
      return cause.step === undefined
        ? `in turn ${cause.turn}`
        : `at step ${cause.step} in turn ${cause.turn}`;
  }
}

/** Messages that an agent remembers, without those that the frame itself processes. */
function withoutTaken(heard: Agent["heard"], frame: Frame): Agent["heard"] {
  const taken = messagesOf(frame).map(({ from, text }) => JSON.stringify([from, text]));
  const rest = [...heard].reverse().filter(({ from, to, text }) => {
    const index = to === undefined ? taken.lastIndexOf(JSON.stringify([from, text])) : -1;
    if (index >= 0) taken.splice(index, 1);
    return index < 0;
  });
  return rest.reverse();
}

function laterTurn(state: State, frame: Frame, parts: MessageParts): string[] {
  const { playbook, agentClass, texts } = parts;
  const followed = playbook.name === processMessages.name && frame.step !== undefined
    ? triggeredPlaybook(agentClass, frame)?.playbook ?? playbook
    : playbook;
  const { endedTurn } = frame;
  const error = endedTurn?.error;
  const lines = [
    ...turnLines(state, frame, texts),
    ...artifactsOfCode(state, frame, texts),
    ...firedLines(state, frame, frame.askedAt ?? 0),
    ...variableLines(state, frame, parts),
    ...(parts.showsAll ? meetingLines(state, frame, texts) : meetingNews(state, frame, texts)),
  ];
  for (const text of frame.changeSummary) lines.push("", text, "");
  if (error) {
    lines.push(lastStepLine(followed, frame.step), repairLine(error, endedTurn.history.length > 0));
  } else lines.push(nextStepLine(followed, frame.step));
  if (frame.idle > 0 && !endedTurn?.printed) {
    lines.push("The last turn had no effect: take the next step, or Return.");
  }
  return lines;
}

/** What the last turn did, and what came of it. */
function turnLines(state: State, frame: Frame, texts: MessageTexts): string[] {
  const { endedTurn } = frame;
  if (!endedTurn) return [];
  const { turn, error } = endedTurn;
  const { results, done, failed, printed } = describeTurn(state, frame, endedTurn, texts);
  const lines: string[] = [];
  if (error) {
    lines.push(...failureLines(turn, error));
    if (done.length > 0) {
      lines.push(
        `Already done in turn ${turn}, and not to be done again:`,
        ...listed(done, "effects", texts),
      );
    } else lines.push(`Nothing had been done in turn ${turn}.`);
    if (failed.length > 0) lines.push(`Failed in turn ${turn}:`, ...listed(failed, "effects", texts));
  } else if (results.length > 0) {
    lines.push(`Results of turn ${turn}, as data:`, ...listed(results, "results", texts));
  }
  return [...lines, ...printed];
}

function variableLines(state: State, frame: Frame, { texts, showsAll }: MessageParts): string[] {
  const variables = variablesOf(state, frame);
  const { askedAt, previousLocals: before, locals } = frame;
  if (showsAll || askedAt === undefined) {
    return [
      ...labelled("State", texts.record(variables, "state")),
      ...labelled("Locals", texts.record(locals, "locals")),
    ];
  }
  const { writes } = state.agents[frame.agent]!;
  const written = Object.keys(writes).filter((name) =>
    writes[name]!.position > askedAt && !frame.ownParameters?.includes(name)
  );
  const changed = (record: Readonly<Record<string, Encoded>>, isChanged: (name: string) => boolean) =>
    Object.fromEntries(Object.entries(record).filter(([name]) => isChanged(name)));
  const deleted = written.filter((name) => !Object.hasOwn(variables, name) && !name.startsWith("_"));
  return [
    ...nonEmpty("Changed state", changed(variables, (name) => written.includes(name)), "state", texts),
    ...(deleted.length > 0 ? [`Deleted state: ${deleted.join(", ")}`] : []),
    ...nonEmpty(
      "Changed locals",
      before ? changed(locals, (name) => !isSame(locals[name], before[name])) : {},
      "locals",
      texts,
    ),
  ];
}

function isSame(one: Encoded | undefined, other: Encoded | undefined): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

function nonEmpty(
  label: string,
  record: Readonly<Record<string, Encoded>>,
  owner: "state" | "locals",
  texts: MessageTexts,
): string[] {
  return Object.keys(record).length > 0 ? labelled(label, texts.record(record, owner)) : [];
}

function labelled(label: string, [first, ...rest]: readonly string[]): string[] {
  return [`${label}: ${first}`, ...rest];
}

/** The agent's variables without the frame's own parameters, which the prompt shows as arguments. */
function variablesOf(state: State, frame: Frame): Readonly<Record<string, Encoded>> {
  const agent = state.agents[frame.agent];
  if (!agent) return {};
  const { ownParameters } = frame;
  const entries = Object.entries(variablesSeenBy(agent, frame));
  // Names that begin with `_` are private: `$_` and `$__` are for the code.
  return Object.fromEntries(
    entries.filter(([name]) => !ownParameters?.includes(name) && !name.startsWith("_")),
  );
}

function messageLines(frame: Frame, texts: MessageTexts): string[] {
  const lines = messagesOf(frame).map((message) => {
    const { from } = message;
    const sender = /^\d+$/.test(from) ? `${message.klass} (agent ${from})` : from;
    const waits = message.waits ? ", who waits for an answer" : "";
    return `- from ${sender}${waits}: ${texts.words(message.text, `Message of ${sender}`)}`;
  });
  return ["Messages:", ...texts.list(lines, "messages")];
}

interface ReceivedMessage {
  readonly from: string;
  readonly klass: string;
  readonly text: string;
  readonly waits: boolean;
}

/** The messages that a frame of `ProcessMessages` processes. */
function messagesOf(frame: Frame): readonly ReceivedMessage[] {
  if (frame.root !== "messages") return [];
  const messages = frame.args["messages"];
  return (Array.isArray(messages) ? messages as readonly Encoded[] : []).map((each) => {
    const { from, klass, text, waits } = each as { readonly [key: string]: Encoded };
    return { from: String(from), klass: String(klass), text: String(text ?? ""), waits: waits === true };
  });
}
