import type { Encoded } from "../sandbox/mod.ts";
import { ambientQuestion } from "./ambient.ts";
import { peopleIn } from "./definitions.ts";
import type { Question } from "./event.ts";
import type { Message } from "./fold/entry.ts";
import type { Open } from "./fold/history.ts";
import { type Agent, type Frame, framesOf, type State } from "./fold/state.ts";
import type { Programs } from "./programs.ts";
import { openToolQuestions } from "./tool_questions.ts";

/** An open wait for messages, and the messages that have arrived for it. */
export interface Waiting {
  readonly frame: Frame;
  readonly ordinal: number;
  readonly open: Extract<Open, { kind: "messages" }>;
  readonly messages: readonly Message[];
  /** The agent that asks, if it is not the frame's: the one of a tool server. */
  readonly asker?: string;
  /** The number of the field that it asks for. */
  readonly part?: number;
}

/** Open waits of an agent for messages, oldest first, each with the messages in its inbox that it waits for. */
export function waitsOf(state: State, agent: Agent): Waiting[] {
  const waits: Waiting[] = [];
  for (const frame of framesOf(state, agent.id)) {
    if (!frame.running) continue;
    for (const [ordinal, open] of Object.entries(frame.running.open)) {
      if (open.kind !== "messages") continue;
      const messages = agent.inbox.filter((message) => isFrom(message, open.sources));
      waits.push({ frame, ordinal: Number(ordinal), open, messages });
    }
  }
  return waits.sort((a, b) => a.open.position - b.open.position);
}

/** Open waits that a person can answer and that have no message yet, oldest first: the next words go to the first. */
function personWaits(state: State, persons: readonly string[]): Waiting[] {
  const names = new Set(persons);
  return [...Object.values(state.agents).flatMap((agent) => waitsOf(state, agent)), ...serverWaits(state)]
    .filter(({ open, messages }) =>
      messages.length === 0 && open.sources.some((source) => names.has(source) || source === "*")
    )
    .sort((a, b) => a.open.position - b.open.position);
}

/** The open questions of tool servers, as waits for the person's words. */
function serverWaits(state: State): Waiting[] {
  return openToolQuestions(state).map(({ frame, ordinal, question }) => {
    const { agent, person, position, settled } = question;
    const messages = state.agents[agent]?.inbox.filter(({ from }) => from === person) ?? [];
    // Each field is a question of its own.
    const open = {
      kind: "messages" as const,
      as: "yield" as const,
      sources: [person],
      position,
      at: state.at,
    };
    return { frame, ordinal, open, messages, asker: agent, part: settled.length };
  });
}

/** The agent that waits. */
function askerOf({ asker, frame }: Waiting): string {
  return asker ?? frame.agent;
}

/** An agent's open question to a person, and the agent's last words. */
export interface OpenQuestion extends Question {
  readonly said?: string;
}

/** The open questions with the agents' last words, oldest first; and that of an ambient program. */
export function openQuestions(state: State, programs: Programs): readonly OpenQuestion[] {
  const ambient = ambientQuestion(state, programs);
  const persons = peopleIn(state, programs).map(({ name }) => name);
  return [...questionsTo(state, persons), ...(ambient ? [ambient] : [])].map((question) => {
    const said = state.agents[question.agent]!.heard
      .findLast((heard) => heard.from === undefined && heard.to === question.person)?.text;
    return { ...question, ...(said === undefined ? {} : { said }) };
  });
}

/**
 * The open questions to persons, oldest first. Words of a person to an agent go to the agent's first wait for this
 * person. So a later wait is a question only to the persons whom no earlier wait of the agent is for.
 */
export function questionsTo(state: State, persons: readonly string[]): readonly Question[] {
  const asked = new Map<string, Set<string>>();
  return personWaits(state, persons).flatMap((waiting) => {
    const agent = askerOf(waiting);
    const before = asked.get(agent) ?? new Set();
    asked.set(agent, before);
    const { sources } = waiting.open;
    const open = persons.filter((name) => sources.includes("*") || sources.includes(name));
    const free = inOrderOf(sources, open).filter((name) => !before.has(name));
    for (const name of free) before.add(name);
    return free.length === 0 ? [] : [questionOf(state, waiting, free)];
  });
}

/** Persons in the order in which the code named them; `*` means all in the order of the program. */
function inOrderOf(sources: readonly string[], persons: readonly string[]): readonly string[] {
  const named = sources.filter((source) => persons.includes(source));
  return [...new Set([...named, ...persons])];
}

/** The question of a wait. Its id is the same in each run of the session. */
function questionOf(
  state: State,
  waiting: Waiting,
  persons: readonly string[],
): Question {
  const { frame, ordinal, open, part } = waiting;
  const agent = askerOf(waiting);
  return {
    id: `${frame.id}/${ordinal}@${open.position}${part === undefined ? "" : `.${part}`}`,
    agent,
    klass: state.agents[agent]?.klass ?? "",
    person: persons[0]!,
    ...(persons.length > 1 ? { persons } : {}),
  };
}

/** The persons who can answer a question, the first one named first. */
export function personsAsked({ person, persons }: Pick<Question, "person" | "persons">): readonly string[] {
  return persons ?? [person];
}

function isFrom(message: Message, sources: readonly string[]): boolean {
  return sources.some((source) =>
    source === "*" || source === message.from || (isAgentId(message.from) && source === message.fromKlass)
  );
}

/** Ids of agents are numbers; names of persons are not. */
function isAgentId(name: string): boolean {
  return /^\d+$/.test(name);
}

/** When a batch that has begun to arrive is delivered, ms since 1970. A person's message is due at once. */
export function batchDue(state: State, messages: readonly Message[]): number {
  const first = messages[0];
  const last = messages.at(-1);
  if (!first || !last) return Number.POSITIVE_INFINITY;
  if (messages.some((message) => !isAgentId(message.from))) return 0;
  const { messageBatchTimeout, messageBatchMaxWait } = state.settings.limits;
  return Math.min(last.at + messageBatchTimeout * 1000, first.at + messageBatchMaxWait * 1000);
}

/**
 * The result of a wait: words for `yield`, a list for `messages`. Words have the name of their sender if there are
 * several messages, or if several of the `persons` could have answered.
 */
export function messagesValue(
  { as, sources }: Pick<Waiting["open"], "as" | "sources">,
  messages: readonly Message[],
  persons: readonly string[],
): Encoded {
  if (as === "messages") {
    return messages.map((message) => ({
      from: message.from,
      klass: message.fromKlass,
      text: message.text,
      at: { $type: "date", value: message.at },
    }));
  }
  const [first] = messages;
  const asked = sources.includes("*") ? persons : persons.filter((name) => sources.includes(name));
  const isOneOfSeveral = asked.length > 1 && first !== undefined && asked.includes(first.from);
  if (messages.length === 1 && !isOneOfSeveral) return first!.text;
  return messages.map((message) => `${senderName(message)}: ${message.text}`).join("\n");
}

function senderName(message: Message): string {
  return message.fromKlass;
}

/** The result of a wait that timed out: the silent sources, and the duration. */
export function silenceNotice(state: State, open: Waiting["open"], nowMs: number): Encoded {
  const seconds = Math.round((nowMs - open.at) / 100) / 10;
  return notice(open.as, `[${whoNot(state, open.sources)} in ${seconds} seconds]`);
}

/** The result of a wait that nothing can answer any more. */
export function deadEndNotice(state: State, open: Waiting["open"]): Encoded {
  return notice(open.as, `[${whoNot(state, open.sources)}, and nobody is left who could]`);
}

function notice(as: "yield" | "messages", text: string): Encoded {
  return as === "yield" ? text : [];
}

function whoNot(state: State, sources: readonly string[]): string {
  const names = sources.map((source) => {
    const agent = state.agents[source];
    return agent ? `${agent.klass} (agent ${agent.id})` : source === "*" ? "Anybody" : source;
  });
  return `${names.join(" or ")} has not answered`;
}
