import type { AcceptedRequest, PromptMessage } from "../../model/model.ts";
import type { StatePatch } from "../../sandbox/sandbox.ts";
import type { Encoded } from "../../sandbox/values.ts";
import type { ToolList } from "../../tools/mod.ts";
import type { Artifact, Firing, InvitationRefusal, KeptModels, Message, Source, TurnError } from "./entry.ts";
import type { SpokenWords, TurnFacts, TurnHistory } from "./history.ts";
import type { RuntimeSettings } from "./settings.ts";

/**
 * A session at a position of its journal: the fold of the entries so far.
 *
 * Only `applyEntry` changes it, in place: a copy for each entry would cost more as the session grows. So do not keep a
 * reference to a part of it over an entry. Encoded values never change; references to them may be kept.
 */
export interface State {
  /** Entries applied. */
  position: number;
  /** The session began from a state at this position: its journal lacks the earlier entries. Usually 0. */
  base: number;
  /** Time of the last entry, ms since 1970. */
  at: number;
  id: string;
  /** Sources by hash: those that a frame runs or an agent keeps, and the newest. */
  sources: Record<string, Source>;
  /** Hash of the newest source. */
  source: string;
  settings: RuntimeSettings;
  model: string;
  /** The models that the session keeps; absent if an older version began it. */
  models?: KeptModels;
  parameters: Readonly<Record<string, Encoded>>;
  /** The call of `--call`, until it starts. */
  call?: { readonly playbook: string; readonly args: readonly Encoded[] };
  /** `--call` began the session, so it ends with that call. */
  isCalled?: true;
  /** The agent that spoke with a person last, by the person's name. */
  spokeWith?: Record<string, string>;
  /** The number of the present lease. */
  token: number;
  /** The version of playbooks that ran the session last; absent before 0.2. */
  playbooks?: string;
  agents: Record<string, Agent>;
  /** Hashes of older sources, by the agents that keep them because the newest source lacks their text. */
  oldTexts?: Readonly<Record<string, string>>;
  frames: Record<string, Frame>;
  /** The tools of each server that was reached. Replaced, not changed in place. */
  tools?: Readonly<Record<string, ToolList>>;
  /** Meetings that go on, or that a frame of a participant has not left yet. Absent if there are none. */
  meetings?: Record<string, Meeting>;
  /** `meeting` is absent before the first one, which has the number 100. */
  next: { agent: number; frame: number; message: number; meeting?: number };
  spent: Spent;
  /** Milliseconds between entries of one run, summed over all runs. */
  ranMs: number;
  /** Position of the last words to a person that were to be shown: said at once, or released. */
  lastSaid: number;
  /** Words to persons that are kept until a `release`, oldest first; absent if there are none. */
  held?: readonly HeldWords[];
  /**
   * The last `edit`: its position and its time, because several forks may have edits at one position. Requests after it
   * are new and get new keys. Absent if there is none.
   */
  edited?: string;
  /** Position of the entry that made the newest agent. */
  lastBorn: number;
  end?: { readonly status: "completed" | "failed"; readonly at: number; readonly reason?: string };
}

/** A session's use of models. */
interface Spent {
  turns: number;
  /** Turns of the rehearsal, which counts towards no other limit. */
  rehearsed?: number;
  /** Requests, also those without an answer. */
  calls: number;
  inputTokens: number;
  outputTokens: number;
  cachedTokens: number;
  /** Sum of the known costs, US dollars. */
  costUsd: number;
  /** Completions without a known price. */
  unpriced: number;
}

/** An agent: its variables, its inbox, its artifacts. */
export interface Agent {
  readonly id: string;
  readonly klass: string;
  readonly properties: Readonly<Record<string, Encoded>>;
  /** Position of the entry that made it. */
  readonly born: number;
  /** Its variables. After `handOn` a part is replaced, not changed in place: a turn keeps the variables of its start. */
  state: Readonly<Record<string, Encoded>>;
  /** Last write of each variable; a deletion is a write. */
  writes: Record<string, Write>;
  /** Last write of any variable. `others`: position of the last write by a different frame than that one; 0: none. */
  lastWrite: Write & { readonly others: number };
  inbox: Message[];
  artifacts: Record<string, Artifact>;
  /** The last messages that it sent and took. The prompt of a new thread shows them. */
  heard: Heard[];
  /** Begin playbooks that have not started yet. */
  begins: string[];
  /** Computable conditions that hold since they fired, by `triggerKey`. */
  holding?: string[];
  /** The last triggers that fired. */
  fired?: Fired[];
  /** Number of this agent's entries. */
  entries: number;
}

/** A trigger that fired, and the position of its entry. */
export interface Fired extends Firing {
  readonly position: number;
}

/** A meeting. Its owner is the agent whose frame it belongs to. */
export interface Meeting {
  readonly id: string;
  readonly topic: string;
  readonly owner: string;
  /** The owner's frame: the meeting ends when it returns. */
  readonly frame: string;
  readonly playbook: string;
  /** Everybody who was invited, in order. */
  attendees: Attendee[];
  /** Position of the entry that let the owner's playbook begin, and of the one that ended it. */
  opened?: number;
  ended?: number;
  /** All words that were said in it. */
  said: Message[];
  /** Its shared state. As with agents, a part is replaced, not changed in place. */
  state: Readonly<Record<string, Encoded>>;
  /** Last write of each key of the shared state. */
  writes: Record<string, Write>;
}

/** An agent or a person who was invited to a meeting. */
export interface Attendee {
  /** An agent's id, or a person's name. */
  readonly name: string;
  readonly isPerson?: true;
  readonly isRequired?: true;
  status: "invited" | "joined" | "refused" | "left";
  /** Position of the entry that set the status. */
  since: number;
  /** While it is invited: until when it can join. */
  deadline?: number;
  /** The number of words that were said before it joined. */
  joinedAfter?: number;
  why?: InvitationRefusal;
}

/** Position and writer of a variable's last write. */
interface Write {
  readonly position: number;
  readonly frame: string;
}

/** A remembered message. `from` and `to` are ids of agents, names of persons or `meeting 100`; absent: the agent itself. */
export interface Heard {
  readonly from?: string;
  readonly to?: string;
  readonly text: string;
}

/** Words to a person that are not shown yet. */
export interface HeldWords {
  /** Position of their entry. */
  readonly position: number;
  readonly at: number;
  readonly by: string;
  readonly to: string;
  readonly text: string;
  /** The id of the meeting in which the words were said. */
  readonly meeting?: string;
}

/** A call on the stack. A frame without a caller is the root of a thread. */
export interface Frame {
  readonly id: string;
  readonly agent: string;
  readonly playbook: string;
  readonly mode: "code" | "model" | "raw";
  readonly args: Readonly<Record<string, Encoded>>;
  readonly caller?: { readonly frame: string; readonly ordinal: number };
  readonly root?: "begin" | "messages" | "call" | "trigger" | "meeting";
  /** As in `NewFrame`. */
  readonly meeting?: string;
  /** Its code was told that the meeting has ended. */
  knowsEnd?: true;
  readonly born: number;
  /** The frame that waits until this thread of a trigger has returned. */
  readonly pauses?: string;
  /**
   * Threads of triggers that its last change set off. Its code waits for them: it gets no result after `index`, and its
   * further effects are not performed. With `index` -1 its code has not started.
   */
  paused?: { readonly by: readonly string[]; readonly index: number };
  /** Ids of the messages that it took last. */
  took?: readonly string[];
  /**
   * Waits in a row that ended at once without words, with those of its caller before the call; absent for 0. A message,
   * an answer from outside and a sleep end the row. See `maxSilentWaits`.
   */
  silentWaits?: number;
  /** `CallEntry.keeps` of its call. */
  readonly keeps?: true;
  /** The result and the summary of the last call that keeps them: `$_` and `$__`. */
  lastResult?: { readonly value: Encoded; readonly summary?: string };
  /** Hash of its source, and of the source from its next turn on. */
  source: string;
  nextSource?: string;
  /** Hash of the source before an edit, until the new one has an effect: `--pin` returns to it. */
  priorSource?: string;
  /** The frame and its calls stay on their source after an edit. */
  pinned?: true;
  /** Number of the current turn; 0 while placeholders are resolved. */
  turn: number;
  /** `ready` for a turn, `asked` a model, or `running` code. */
  phase: "ready" | "asked" | "running";
  running?: TurnExecution;
  locals: Readonly<Record<string, Encoded>>;
  /** Its description with placeholders resolved. */
  description?: string;
  /** Messages of the prompt with the last request, condensed as in the request entries. */
  transcript: PromptMessage[];
  /** Number of the last step reached. */
  step?: string;
  /** Turns in a row whose code failed. */
  failures: number;
  /** Turns whose answer did not run because its code would have judged unread words; absent for 0. */
  refused?: number;
  /** Turns in a row that had no effect. */
  idle: number;
  /** `RequestEntry.repeats` of the last request. */
  repeats: number;
  /** While it is `asked`: the answer that its provider makes in the background, and the position of that entry. */
  accepted?: AcceptedRequest & { readonly position: number };
  /** The turn that ended last, until the next request describes it. */
  endedTurn?: EndedTurn;
  /** The turn that the last request described. */
  toldTurn?: EndedTurn;
  /** Its last request failed, and a `lost` entry counted it as a call. */
  isCallCounted?: true;
  /** Paragraphs for the next request, about an edited program. */
  changeSummary: string[];
  /**
   * Its `$` parameters that its code has not written yet. Its code sees its own arguments in these variables, whatever
   * other calls write.
   */
  ownParameters?: readonly string[];
  /** `CallEntry.locals` of its call, until its first request. */
  callerLocals?: Readonly<Record<string, Encoded>>;
  /** The last words that it and its calls said to people, if it has a caller. */
  said?: SpokenWords[];
  /** Position of its last request. */
  askedAt?: number;
  /** Its locals before the last turn changed them, until the next request. */
  previousLocals?: Readonly<Record<string, Encoded>>;
}

/** A model's turn that ended. */
export interface EndedTurn {
  readonly turn: number;
  readonly history: TurnHistory;
  readonly error?: TurnError;
  /** As in its entry. */
  readonly refused?: true;
  readonly printed?: PrintedTexts;
  /** The lines about its results, from a checkpoint of 0.2, which kept them instead of a history. */
  readonly lines?: { readonly results: readonly string[]; readonly done: readonly string[] };
}

/** Texts that a turn's code printed with `console`. */
export interface PrintedTexts {
  /** The first ones, in order. */
  readonly texts: readonly string[];
  /** The number of later ones that are not kept. */
  readonly omitted: number;
}

/** A turn whose code is journaled and has not ended. */
export interface TurnExecution extends TurnFacts {
  readonly kind: "turn" | "function" | "expressions";
  /** The completion, for `turn`, and why it ended. */
  readonly text: string;
  readonly finish: "stop" | "length" | "filter" | "other";
  /** As in its `turn` entry. */
  readonly reading?: number;
  /** As in its `turn` entry; absent without `reading`. */
  readonly rehearsal?: true;
  /** The agent's variables as the code saw them at its start. */
  state: Readonly<Record<string, Encoded>>;
  readonly at: number;
  readonly position: number;
  /** Highest journaled `index` of a `StateDelta`; -1 if none was. */
  lastDeltaIndex: number;
  /** Position up to which its code knew the agent's variables at its last entry. */
  lastSeenPosition: number;
  /** Only for `turn`. */
  printed?: PrintedTexts;
  /** Position of the last `redo` entry of this turn. Requests after it are new and get new keys. */
  redonePosition?: number;
}

/** The state before the first entry. */
export function initialState(): State {
  return {
    position: 0,
    base: 0,
    at: 0,
    id: "",
    sources: {},
    source: "",
    settings: {
      limits: {
        maxLlmCalls: 0,
        maxCostUsd: null,
        maxTokens: null,
        maxSeconds: null,
        maxRepairs: 0,
        messageBatchTimeout: 0,
        messageBatchMaxWait: 0,
        artifactResultThreshold: 0,
        contextTokens: 0,
      },
      durability: { sync: "always", keepLastN: 0, maxCheckpointSizeMb: 0, uncertain: "fail" },
      permissions: { net: [], read: [], write: [], env: [] },
    },
    model: "",
    parameters: {},
    token: 0,
    agents: {},
    frames: {},
    next: { agent: 1000, frame: 1, message: 1 },
    spent: { turns: 0, calls: 0, inputTokens: 0, outputTokens: 0, cachedTokens: 0, costUsd: 0, unpriced: 0 },
    ranMs: 0,
    lastSaid: 0,
    lastBorn: 0,
  };
}

/** Frames of an agent, oldest first. */
export function framesOf(state: State, agent: string): readonly Frame[] {
  return framesByAgent(state).get(agent) ?? [];
}

/** Puts a frame on the stack. */
export function putFrame(state: State, frame: Frame): void {
  const frames = framesByAgent(state);
  state.frames[frame.id] = frame;
  const own = frames.get(frame.agent);
  if (own) own.push(frame);
  else frames.set(frame.agent, [frame]);
}

/** Takes a frame off the stack, if it is there. */
export function dropFrame(state: State, id: string): void {
  const frame = state.frames[id];
  if (!frame) return;
  const own = framesByAgent(state).get(frame.agent)!;
  own.splice(own.lastIndexOf(frame), 1);
  delete state.frames[id];
}

/** Takes all frames off the stack. */
export function dropFrames(state: State): void {
  state.frames = {};
  indexes.delete(state);
}

/** The frames of a state by agent: an index, not a part of the state. */
const indexes = new WeakMap<State, Map<string, Frame[]>>();

function framesByAgent(state: State): Map<string, Frame[]> {
  const known = indexes.get(state);
  if (known) return known;
  const frames = Map.groupBy(Object.values(state.frames), (frame) => frame.agent);
  indexes.set(state, frames);
  return frames;
}

/**
 * The latest time in the session, ms since 1970. If the clock of a run shows an earlier time, it was set back. Then the
 * run continues from this time, so that no wait lasts longer than requested.
 */
export function latestTime(state: State): number {
  let latest = state.at;
  for (const { running } of Object.values(state.frames)) {
    for (const { at } of Object.values(running?.open ?? {})) latest = Math.max(latest, at);
  }
  return latest;
}

/** The frames from the outermost caller in the same agent down to `frame`: its prompt holds their messages. */
export function chainOf(state: State, frame: Frame): Frame[] {
  const chain = [frame];
  let current = frame;
  while (current.caller) {
    const caller = state.frames[current.caller.frame];
    if (!caller || caller.agent !== frame.agent) break;
    chain.unshift(caller);
    current = caller;
  }
  return chain;
}

/** The number of callers of a frame, over all agents. */
export function depthOf(state: Pick<State, "frames">, frame: Frame): number {
  let depth = 0;
  let current: Frame | undefined = frame;
  while (current?.caller) {
    depth++;
    current = state.frames[current.caller.frame];
  }
  return depth;
}

/** The agent's variables as the code of a frame sees them: its own parameters have its arguments. */
export function variablesSeenBy(agent: Agent, { ownParameters = [], args }: Frame): Agent["state"] {
  if (ownParameters.length === 0) return agent.state;
  const own = ownParameters.map((name) => [name, args[name] as Encoded] as const);
  return { ...agent.state, ...Object.fromEntries(own) };
}

/** The variables that stand for the last result of a call and its summary. They are no variables of the agent. */
export function lastResultVariables({ lastResult }: Frame): Readonly<Record<string, Encoded>> {
  if (!lastResult) return {};
  const { value, summary } = lastResult;
  return { _: value, ...(summary === undefined ? {} : { __: summary }) };
}

/** Writes of other frames to the agent's variables, after the position that the frame's code last saw. */
export function writesUnseen(state: State, frame: Frame, lastSeenPosition: number): StatePatch {
  const agent = state.agents[frame.agent];
  if (!agent) return {};
  const { lastWrite } = agent;
  if ((lastWrite.frame === frame.id ? lastWrite.others : lastWrite.position) <= lastSeenPosition) return {};
  const patch: Record<string, { value: Encoded } | null> = {};
  for (const [key, write] of Object.entries(agent.writes)) {
    if (write.position <= lastSeenPosition || write.frame === frame.id) continue;
    if (frame.ownParameters?.includes(key)) continue;
    patch[key] = Object.hasOwn(agent.state, key) ? { value: agent.state[key] as Encoded } : null;
  }
  handOn(agent);
  return patch;
}

/**
 * The parts of an agent's variables that `applyEntry` has made since the last `handOn`: the record itself, and lists.
 * No other code holds them, so they may change in place.
 */
const owned = new WeakMap<Agent, WeakSet<object>>();

/** Whether a part of an agent's variables may change in place. */
export function isOwned(agent: Agent, part: object): boolean {
  return owned.get(agent)?.has(part) ?? false;
}

/** Notes that no other code holds this part of an agent's variables. */
export function own<T extends object>(agent: Agent, part: T): T {
  const parts = owned.get(agent);
  if (parts) parts.add(part);
  else owned.set(agent, new WeakSet([part]));
  return part;
}

/** Call this before keeping an agent's variables, or a part of them, over an entry. */
export function handOn(agent: Agent): Agent["state"] {
  owned.delete(agent);
  return agent.state;
}
