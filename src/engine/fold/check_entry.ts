import type {
  Asked,
  Cause,
  Did,
  Entry,
  EntryOf,
  Firing,
  Invitations,
  Message,
  NewAgent,
  NewFrame,
  RunEntry,
} from "./entry.ts";
import { triggerKey } from "./apply.ts";
import type { TurnHistory } from "./history.ts";
import { isGoingOn, meetingName, nextMeetingId } from "./meetings.ts";
import type { Frame, Meeting, State, TurnExecution } from "./state.ts";

/**
 * Checks a stored entry against the state before it: what it names exists, and what it makes has the next id. A checksum
 * does not show that, because whoever can write the file can compute it. Throws a `TypeError` whose message is a phrase
 * that follows the entry's name: `names frame f9, which is not on the stack`.
 */
export function checkEntry(state: State, entry: Entry): void {
  if (typeof entry.at !== "number" || !(Math.abs(entry.at) <= maxTimeMs)) {
    throw new TypeError("has no valid time");
  }
  if ((entry.type === "session") !== (state.position === 0)) {
    throw new TypeError(state.position === 0 ? "does not begin a session" : "begins the session once more");
  }
  switch (entry.type) {
    case "session":
      return;
    case "run":
      return checkRun(state, entry);
    case "agent":
      return checkAgent(state, entry.agent);
    case "thread":
      return checkThread(state, entry);
    case "message":
      return checkMessage(state, entry.message);
    case "release":
      return checkRelease(state, entry);
    case "trigger":
      return checkTrigger(state, entry);
    case "request":
      if (frameNamed(state, entry.frame).phase === "running") {
        throw new TypeError("asks a model while code runs");
      }
      return;
    case "turn":
      if (frameNamed(state, entry.frame).phase !== "asked") {
        throw new TypeError("answers a request that was not made");
      }
      return;
    case "lost":
    case "accepted":
    case "patch":
      frameNamed(state, entry.frame);
      return;
    case "return":
      frameNamed(state, entry.frame);
      if (entry.fires) checkFiring(state, entry.fires);
      return;
    case "end-turn":
      runningIn(state, entry.frame);
      if (entry.fires) checkFiring(state, entry.fires);
      return;
    case "start":
      checkAppend(entry.wait);
      return checkAsked(runningIn(state, entry.frame), entry.asked);
    case "call":
      return checkCall(state, entry);
    case "effect":
      return checkEffect(state, entry);
    case "meeting":
      return checkMeetingEntry(state, entry);
    case "edit":
      return checkEdit(state, entry);
    case "redo":
      return checkRedo(runningIn(state, entry.frame), entry.ordinal);
    case "tools":
      return checkToolList(entry);
    case "task":
    case "tool-ask":
    case "tool-reply":
      return checkToolFact(state, entry);
    case "end":
      if (entry.frame !== undefined) frameNamed(state, entry.frame);
      return;
  }
}

/** The latest time of a `Date`. */
const maxTimeMs = 8.64e15;

function checkAppend(wait: EntryOf<"start">["wait"]): void {
  if (wait.kind !== "outside" || wait.append === undefined) return;
  const { path, from, bytes } = wait.append;
  const isLength = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
  if (typeof path !== "string" || !isLength(from) || !isLength(bytes)) {
    throw new TypeError("appends to a file at no possible place");
  }
}

function checkRun(state: State, { source, moves = [], stays = [] }: RunEntry): void {
  const requireSource = (hash: string) => hash === source?.hash || checkSource(state, hash);
  for (const move of moves) {
    frameNamed(state, move.frame);
    requireSource(move.source);
  }
  for (const stay of stays) {
    checkAgentExists(state, stay.agent);
    requireSource(stay.source);
  }
}

function checkThread(state: State, { kind, frame, takes, fires, pauses }: EntryOf<"thread">): void {
  if (!threadKinds.has(kind)) throw new TypeError(`has a thread of the unknown kind ${shown(kind)}`);
  checkNewFrame(state, frame);
  checkTaken(state, frame.agent, takes ?? []);
  if ((kind === "meeting") !== (frame.meeting !== undefined)) {
    throw new TypeError("has a thread that is of a meeting in one part only");
  }
  if (frame.meeting !== undefined) checkInvited(state, frame.meeting, frame.agent);
  if ((kind === "trigger") !== (fires !== undefined)) {
    throw new TypeError(
      kind === "trigger" ? "names no trigger" : "fires a trigger for another kind of thread",
    );
  }
  if (fires) checkFiring(state, fires);
  if (pauses === undefined) return;
  if (kind !== "trigger") throw new TypeError("pauses a frame without a trigger");
  if (frameNamed(state, pauses).agent !== frame.agent) throw new TypeError("pauses a frame of another agent");
}

const threadKinds: ReadonlySet<string> = new Set(["begin", "messages", "call", "trigger", "meeting"]);

function checkTrigger(state: State, { agent, fires, rearms }: EntryOf<"trigger">): void {
  checkAgentExists(state, agent);
  if ((fires === undefined) === (rearms === undefined)) {
    throw new TypeError("must either fire a trigger or arm one again");
  }
  if (fires) checkFiring(state, fires);
  if (rearms && !state.agents[agent]!.holding?.includes(triggerKey(rearms))) {
    throw new TypeError(`arms a trigger of ${shown(rearms.playbook)} that has not fired`);
  }
}

function checkFiring(state: State, { playbook, trigger, by, cause }: Firing): void {
  if (typeof playbook !== "string" || typeof trigger !== "string") throw new TypeError("names no trigger");
  if (!deciders.has(by)) throw new TypeError(`has a trigger that ${shown(by)} decided`);
  if (!isPossibleCause(state, cause)) throw new TypeError("has a trigger with an impossible cause");
}

const deciders: ReadonlySet<string> = new Set<Firing["by"]>(["runtime", "model", "announced"]);

function isPossibleCause({ next, position, frames }: State, cause: Cause | undefined): boolean {
  switch (cause?.kind) {
    case "message":
      return Number(/^m(\d+)$/.exec(cause.message)?.[1]) < next.message;
    case "change":
      return cause.position > 0 && cause.position <= position && Array.isArray(cause.names);
    case "step":
      return Object.hasOwn(frames, cause.frame);
    default:
      return false;
  }
}

function checkCall(state: State, { frame, asked, created, meeting, callee, fires }: EntryOf<"call">): void {
  if (fires) checkFiring(state, fires);
  checkAsked(runningIn(state, frame), asked);
  if (created) checkAgent(state, created);
  checkNewFrame(state, callee, created?.id);
  if (callee.meeting !== meeting?.id) {
    throw new TypeError("calls a playbook in a meeting that it does not begin");
  }
  if (!meeting) return;
  requireNext("meeting", meeting.id, nextMeetingId(state));
  checkInvitations(state, meeting, created ? 1 : 0);
}

/** `earlier`: agents that the entry makes before those of the invitation. */
function checkInvitations(
  state: State,
  { attendees, created = [], deadline }: Invitations,
  earlier: number,
): void {
  if (typeof deadline !== "number" || !(Math.abs(deadline) <= maxTimeMs)) {
    throw new TypeError("invites until an invalid time");
  }
  for (const [index, { id, source }] of created.entries()) {
    requireNext("agent", id, String(state.next.agent + earlier + index));
    if (source !== undefined) checkSource(state, source);
  }
  for (const { name, isPerson } of attendees) {
    if (isPerson) {
      if (typeof name !== "string" || /^\d*$/.test(name)) throw new TypeError("invites a nameless person");
    } else if (!created.some(({ id }) => id === name)) checkAgentExists(state, name);
  }
}

function checkMeetingEntry(state: State, { meeting: id, refused }: EntryOf<"meeting">): void {
  if (refused) return checkInvited(state, id, refused.agent);
  if (meetingNamed(state, id).opened !== undefined) {
    throw new TypeError(`opens meeting ${shown(id)} once more`);
  }
}

function checkInvited(state: State, id: string, agent: string): void {
  const isInvited = meetingNamed(state, id).attendees
    .some(({ name, status, isPerson }) => name === agent && status === "invited" && !isPerson);
  if (!isInvited) throw new TypeError(`answers an invitation that agent ${shown(agent)} does not have`);
}

function meetingNamed(state: State, id: string): Meeting {
  const meeting = state.meetings && Object.hasOwn(state.meetings, id) ? state.meetings[id] : undefined;
  if (!meeting || !isGoingOn(meeting)) {
    throw new TypeError(`names meeting ${shown(id)}, which does not go on`);
  }
  return meeting;
}

function checkEffect(state: State, { frame, ordinal, asked, did }: EntryOf<"effect">): void {
  const running = runningIn(state, frame);
  if (asked) {
    checkAsked(running, asked);
    if (ordinal !== asked.ordinal) {
      throw new TypeError(`has two ordinals, ${shown(asked.ordinal)} and ${shown(ordinal)}`);
    }
  } else if (!Object.hasOwn(running.open, ordinal) || running.open[ordinal]!.kind === "call") {
    throw new TypeError(`ends effect ${shown(ordinal)} of frame ${frame}, which is not open`);
  }
  if (did) checkDid(state, state.frames[frame]!, did);
}

function checkDid(state: State, { agent }: Frame, did: Did): void {
  switch (did.kind) {
    case "sent":
      if (did.created) checkAgent(state, did.created);
      return checkMessage(state, did.message, did.created?.id);
    case "created":
      return checkAgent(state, did.agent);
    case "took":
      return checkTaken(state, agent, did.messages);
    case "invited":
      meetingNamed(state, did.meeting);
      return checkInvitations(state, did, 0);
    case "said":
    case "saved":
    case "silent":
    case "kept":
    case "given":
      return;
  }
}

function checkToolList({ server, list }: EntryOf<"tools">): void {
  if (typeof server !== "string" || server === "") throw new TypeError("names no tool server");
  if (!Array.isArray(list?.tools) || !list.tools.every((tool) => typeof tool?.name === "string")) {
    throw new TypeError(`has no list of the tools of ${shown(server)}`);
  }
}

function checkToolFact(state: State, entry: EntryOf<"task" | "tool-ask" | "tool-reply">): void {
  const running = runningIn(state, entry.frame);
  const open = Object.hasOwn(running.open, entry.ordinal) ? running.open[entry.ordinal] : undefined;
  if (open?.kind !== "outside" || !open.tool) {
    throw new TypeError(`is of effect ${shown(entry.ordinal)} of frame ${entry.frame}, which calls no tool`);
  }
  switch (entry.type) {
    case "task":
      if (typeof entry.task?.id !== "string") throw new TypeError("names no task");
      return;
    case "tool-ask":
      return checkAgentExists(state, entry.agent);
    case "tool-reply": {
      const question = open.questions?.findLast(({ id }) => id === entry.question);
      if (!question) throw new TypeError(`answers question ${shown(entry.question)}, which was not asked`);
      if (question.action !== undefined) throw new TypeError("answers a question once more");
      if (entry.field !== undefined && !question.fields.some(({ name }) => name === entry.field)) {
        throw new TypeError(`answers the field ${shown(entry.field)}, which the question does not have`);
      }
      if (entry.agent !== question.agent || entry.person !== question.person) {
        throw new TypeError("answers for another agent or person than the question has");
      }
      return checkTaken(state, entry.agent, entry.takes);
    }
  }
}

/** `created`: the agent that the same entry makes. */
function checkNewFrame(state: State, frame: NewFrame, created?: string): void {
  requireNext("frame", frame.id, `f${state.next.frame}`);
  if (frame.agent !== created) checkAgentExists(state, frame.agent);
  if (!modes.has(frame.mode)) throw new TypeError(`has a frame with the unknown mode ${shown(frame.mode)}`);
  checkSource(state, frame.source);
}

const modes: ReadonlySet<string> = new Set<NewFrame["mode"]>(["code", "model", "raw"]);

function checkAgent(state: State, { id, source }: NewAgent): void {
  requireNext("agent", id, String(state.next.agent));
  if (source !== undefined) checkSource(state, source);
}

function checkMessage(state: State, { id, to, meeting, news }: Message, created?: string): void {
  requireNext("message", id, `m${state.next.message}`);
  if (news) throw new TypeError("brings news of a meeting, which only a state has");
  if (meeting !== undefined) {
    meetingNamed(state, meeting);
    if (to !== meetingName(meeting)) {
      throw new TypeError(`sends words of meeting ${shown(meeting)} to ${shown(to)}`);
    }
    return;
  }
  if (to !== created) checkAgentExists(state, to);
}

function checkRelease(state: State, { words, by, to, text, meeting }: EntryOf<"release">): void {
  const entry = state.held?.filter(({ position }) => position === words) ?? [];
  const kept = entry.find((each) => each.to === to) ?? entry[0];
  if (!kept) throw new TypeError(`releases the words of entry ${shown(words)}, which are not kept`);
  if (kept.by !== by || kept.to !== to || kept.text !== text || kept.meeting !== meeting) {
    throw new TypeError(`releases other words than those that entry ${words} kept`);
  }
}

function requireNext(what: string, id: string, next: string): void {
  if (id !== next) throw new TypeError(`makes ${what} ${shown(id)}, where ${next} is the next`);
}

function checkTaken(state: State, agent: string, messages: readonly string[]): void {
  if (messages.length === 0) return;
  const inbox = new Set(state.agents[agent]?.inbox.map(({ id }) => id));
  const missing = messages.find((id) => !inbox.has(id));
  if (missing !== undefined) {
    throw new TypeError(`takes message ${shown(missing)}, which agent ${agent} does not have`);
  }
}

function checkSource(state: State, hash: string): void {
  if (!Object.hasOwn(state.sources, hash)) {
    throw new TypeError(`names the source ${shown(hash)}, which the session does not have`);
  }
}

function checkAgentExists(state: State, id: string): void {
  if (!Object.hasOwn(state.agents, id)) throw new TypeError(`names agent ${shown(id)}, which does not exist`);
}

function frameNamed(state: State, id: string): Frame {
  if (!Object.hasOwn(state.frames, id)) {
    throw new TypeError(`names frame ${shown(id)}, which is not on the stack`);
  }
  return state.frames[id]!;
}

function runningIn(state: State, frame: string): TurnExecution {
  const { running } = frameNamed(state, frame);
  if (!running) throw new TypeError(`is of a turn of frame ${frame}, which runs no code`);
  return running;
}

/**
 * The last ordinal of a turn, by its history. In a history from a checkpoint, cancelled waits may not be counted: then the
 * number is a lower bound.
 */
const lastOrdinals = new WeakMap<TurnHistory, { last: number; isExact: boolean }>();

function lastOrdinalOf({ history }: TurnExecution): { last: number; isExact: boolean } {
  const known = lastOrdinals.get(history);
  if (known) return known;
  let last = history.length;
  for (const key of Object.keys(history.asked)) last = Math.max(last, Number(key));
  const found = { last, isExact: last === 0 };
  lastOrdinals.set(history, found);
  return found;
}

/** Code numbers its effects 1, 2, 3 and so on, and they are recorded in this order. */
function checkAsked(running: TurnExecution, { ordinal }: Asked): void {
  const known = lastOrdinalOf(running);
  const next = known.last + 1;
  const isNext = known.isExact ? ordinal === next : Number.isSafeInteger(ordinal) && ordinal >= next;
  if (!isNext) throw new TypeError(`has effect ${shown(ordinal)}, where ${next} is the next of its turn`);
  known.last = ordinal;
  known.isExact = true;
}

function checkRedo(running: TurnExecution, ordinal: number): void {
  if (!Number.isSafeInteger(ordinal) || ordinal < 1) {
    throw new TypeError(`has the impossible ordinal ${shown(ordinal)}`);
  }
  lastOrdinals.set(running.history, { last: ordinal - 1, isExact: true });
}

function checkEdit(state: State, { kind, agent, frame, name, of }: EntryOf<"edit">): void {
  if (kind === "result") {
    if (!Number.isSafeInteger(of)) throw new TypeError("sets the result of no entry");
    return;
  }
  if (typeof name !== "string") throw new TypeError("sets no variable");
  if (kind === "state") return checkAgentExists(state, String(agent));
  if (kind !== "local") throw new TypeError(`sets a value of the unknown kind ${shown(kind)}`);
  if (frameNamed(state, String(frame)).phase !== "ready") {
    throw new TypeError(`sets a variable of frame ${shown(frame)} in a turn`);
  }
}

/** A value of a stranger in a message: at most 40 characters, without control characters. */
function shown(value: unknown): string {
  const text = typeof value === "string" && /^[\w.-]{1,40}$/.test(value)
    ? value
    : JSON.stringify(value) ?? "nothing";
  return text.length <= 40 ? text : `${text.slice(0, 40)}…`;
}
