import type { Encoded } from "../sandbox/mod.ts";
import type { Outcome } from "../sandbox/sandbox.ts";
import type { Message } from "./fold/entry.ts";
import type { Open } from "./fold/history.ts";
import { meetingIdIn } from "./fold/meetings.ts";
import type { Frame, State } from "./fold/state.ts";

// The results of waits for messages: words, lists and notices.

type OpenWaitForMessages = Extract<Open, { kind: "messages" }>;

/** A wait whose result is made. */
interface EndedWait {
  readonly as: "yield" | "messages";
  /** The agent that waits. */
  readonly agent: string;
  /** The meeting whose words it waits for. */
  readonly meeting?: string | undefined;
  readonly messages: readonly Message[];
  /** Whether several persons could have answered. */
  readonly isForSeveral?: boolean;
}

/** The messages of a wait as an `EndedWait`. */
export function endedWait(
  { frame, open: { as, sources } }: { readonly frame: Frame; readonly open: OpenWaitForMessages },
  messages: readonly Message[],
  persons: readonly string[],
): EndedWait {
  const meeting = sources.map(meetingIdIn).find((id) => id !== undefined);
  const asked = sources.includes("*") ? persons : persons.filter((name) => sources.includes(name));
  const isForSeveral = asked.length > 1 && messages.length > 0 && asked.includes(messages[0]!.from);
  return { as, agent: frame.agent, meeting, messages, isForSeveral };
}

/**
 * The result of a wait: words for `yield`, a list for `messages`. Words have the name of their sender if there are
 * several messages, in a meeting, or if several persons could have answered.
 */
export function messagesValue(state: State, wait: EndedWait): Encoded {
  const { as, meeting, messages, isForSeveral } = wait;
  if (as === "messages") return messages.map((message) => messageValue(state, message, wait));
  const [only] = messages;
  const isPlain = messages.length === 1 && !isForSeveral && meeting === undefined &&
    only!.meeting === undefined;
  return isPlain ? only!.text : messages.map((message) => messageLine(state, message, wait)).join("\n");
}

function messageValue(state: State, message: Message, { meeting }: EndedWait): Encoded {
  const { from, fromKlass, text, news, attention } = message;
  return {
    from,
    klass: fromKlass,
    text: news ? newsText(state, message.meeting!, news) : text,
    at: { $type: "date", value: message.at },
    ...(message.meeting === undefined ? {} : { meeting: message.meeting }),
    ...(attention ? { attention } : {}),
    ...(meeting !== undefined && message.meeting === undefined ? { isPrivate: true } : {}),
  };
}

/** `Host (agent 1000) to you: Your turn`. Outside of meetings, the class is enough. */
function messageLine(state: State, message: Message, { agent, meeting }: EndedWait): string {
  const { from, fromKlass, text, news, attention = [] } = message;
  if (news) return newsText(state, message.meeting!, news);
  if (message.meeting === undefined) {
    return meeting === undefined
      ? `${fromKlass}: ${text}`
      : `${participantName(state, from)} to you alone: ${text}`;
  }
  const to = attention.map((each) => each === agent ? "you" : participantName(state, each)).join(" and ");
  return `${participantName(state, from)}${to === "" ? "" : ` to ${to}`}: ${text}`;
}

function newsText(state: State, meeting: string, { kind, who, why }: NonNullable<Message["news"]>): string {
  switch (kind) {
    case "joined":
      return `[${participantName(state, who)} has joined meeting ${meeting}]`;
    case "left":
      return `[${participantName(state, who)} has left meeting ${meeting}${
        why === undefined ? "" : `: it failed with ${why}`
      }]`;
    case "refused":
      return `[${participantName(state, who)} does not join meeting ${meeting}: ${refusalText(why)}]`;
  }
}

/** The reason of a refusal, in words. */
export function refusalText(why: string | undefined): string {
  switch (why) {
    case "busy":
      return "it is busy";
    case "no playbook":
      return "it has no meeting playbook of this name, and not exactly one other";
    case "arguments":
      return "its meeting playbook has parameters without a value";
    default:
      return "it did not answer in time";
  }
}

/** An agent with its class, or a person. */
export function participantName(state: State, name: string): string {
  const agent = state.agents[name];
  return agent ? `${agent.klass} (agent ${name})` : name;
}

/** The result of a wait for words of a meeting that has ended: what was said last, and a notice. */
export function endNotice(state: State, wait: EndedWait): Encoded {
  const { as, meeting, messages } = wait;
  if (as === "messages") return messagesValue(state, wait);
  const lines = messages.map((message) => messageLine(state, message, wait));
  return [...lines, `[Meeting ${meeting} has ended]`].join("\n");
}

/** The result of a wait that timed out: the silent sources, and the duration. */
export function silenceNotice(state: State, open: OpenWaitForMessages, nowMs: number): Encoded {
  const seconds = Math.round((nowMs - open.at) / 100) / 10;
  const quiet = quietMeeting(open.sources);
  const text = quiet === undefined
    ? `${whoNot(state, open.sources)} in ${seconds} seconds`
    : `Nobody has said anything in meeting ${quiet} for ${seconds} seconds`;
  return notice(open.as, `[${text}]`);
}

/** The result of a wait that nothing can answer any more. */
export function deadEndNotice(state: State, open: OpenWaitForMessages): Encoded {
  const quiet = quietMeeting(open.sources);
  const text = quiet === undefined
    ? `${whoNot(state, open.sources)}, and nobody is left who could`
    : `Nobody says anything in meeting ${quiet}: all wait`;
  return notice(open.as, `[${text}]`);
}

/** A wait that lasts less and gives no words is one of a loop that only wastes time. */
const shortWaitMs = 10;

/** Whether a wait that timed out ended at once. */
export function isShort(open: OpenWaitForMessages, nowMs: number): boolean {
  return nowMs - open.at < shortWaitMs;
}

/** The result of a wait after too many that ended at once without words. */
export function silentWaitsError(count: number): Extract<Outcome, { readonly ok: false }> {
  const message = `${count} waits in a row ended at once without words (limits.max_silent_waits): ` +
    "no agent is left who could answer; stop waiting when a wait gives no words, and Return";
  return { ok: false, error: { name: "LimitError", message } };
}

/** The meeting of a wait that is for nothing else. */
function quietMeeting(sources: readonly string[]): string | undefined {
  return sources.length === 1 ? meetingIdIn(sources[0]!) : undefined;
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
