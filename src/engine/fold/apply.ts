import type { Encoded } from "../../sandbox/mod.ts";
import type { Usage } from "../../model/model.ts";
import type { StatePatch } from "../../sandbox/sandbox.ts";
import type { Did, Entry, EntryOf, Firing, NewAgent, NewFrame, StateDelta } from "./entry.ts";
import { addFact, addResult, addSaid, type SpokenWords, TurnHistory } from "./history.ts";
import {
  applyMeeting,
  beginMeeting,
  deliverToMeeting,
  invite,
  isHeld,
  joinMeeting,
  leaveMeeting,
  variablesInCode,
  writeShared,
} from "./meetings.ts";
import {
  type Agent,
  chainOf,
  dropFrame,
  dropFrames,
  type Frame,
  handOn,
  type Heard,
  isOwned,
  own,
  type PrintedTexts,
  putFrame,
  type State,
  type TurnExecution,
} from "./state.ts";

/**
 * Applies one entry to the state. Only this function changes a state, live and in recovery.
 *
 * It is deterministic and reads nothing but its arguments, so the same entries always give the same state. It throws for an
 * entry that does not fit the state: our own mistake, or damage that the journal's checksums did not show.
 */
export function applyEntry(state: State, entry: Entry): void {
  state.position++;
  if (entry.type !== "run" && entry.type !== "message" && entry.type !== "edit" && state.at > 0) {
    state.ranMs += Math.max(0, entry.at - state.at);
  }
  state.at = entry.at;
  switch (entry.type) {
    case "session":
      return applySession(state, entry);
    case "run":
      return applyRun(state, entry);
    case "agent":
      return addAgent(state, entry.agent);
    case "thread":
      return applyThread(state, entry);
    case "request":
      return applyRequest(state, entry);
    case "accepted":
      return applyAccepted(state, entry);
    case "turn":
      return applyTurn(state, entry);
    case "lost":
      return applyLost(state, entry);
    case "patch":
    case "start":
      return applyFact(state, entry);
    case "effect":
      return applyEffect(state, entry);
    case "call":
      return applyCall(state, entry);
    case "end-turn":
      return endTurn(state, entry);
    case "return":
      return applyReturn(state, entry);
    case "message":
      return applyMessage(state, entry);
    case "release":
      return applyRelease(state, entry);
    case "trigger":
      return applyTrigger(state, entry);
    case "meeting":
      return openOrRefuse(state, entry);
    case "redo":
      return applyRedo(state, entry);
    case "edit":
      return applyEdit(state, entry);
    case "tools":
      state.tools = { ...state.tools, [entry.server]: entry.list };
      return;
    case "task":
    case "tool-ask":
    case "tool-reply":
      return applyToolFact(state, entry);
    case "end":
      return applyEnd(state, entry);
    default:
      entry satisfies never;
      throw new TypeError(
        `Unknown entry "${(entry as { type: string }).type}" at position ${state.position}`,
      );
  }
}

function applySession(state: State, entry: EntryOf<"session">): void {
  state.id = entry.id;
  state.sources[entry.source.hash] = entry.source;
  state.source = entry.source.hash;
  state.settings = entry.settings;
  state.model = entry.model;
  state.parameters = entry.parameters;
  if (!entry.call) return;
  state.call = entry.call;
  state.isCalled = true;
}

function applyRun(state: State, entry: EntryOf<"run">): void {
  state.token = entry.token;
  if (entry.playbooks !== undefined) state.playbooks = entry.playbooks;
  state.model = entry.model;
  if (entry.models) state.models = entry.models;
  state.settings = entry.settings;
  if (entry.source) {
    state.sources[entry.source.hash] = entry.source;
    state.source = entry.source.hash;
    delete state.oldTexts;
    for (const { agent, source } of entry.stays ?? []) keepText(state, agent, source);
  }
  if (entry.pin) { for (const frame of Object.values(state.frames)) pin(frame); }
  for (const move of entry.moves ?? []) {
    const frame = frameAt(state, move.frame);
    if (frame.mode === "model" && frame.running?.kind === "turn") frame.nextSource = move.source;
    else {
      frame.priorSource ??= frame.source;
      frame.source = move.source;
    }
    if (move.unpin) delete frame.pinned;
    if (move.told) frame.changeSummary.push(move.told);
  }
  forgetSources(state);
}

function applyThread(state: State, entry: EntryOf<"thread">): void {
  const { kind, takes = [], fires, pauses } = entry;
  const frame = addFrame(state, entry.frame, { root: kind, ...(pauses === undefined ? {} : { pauses }) });
  const agent = agentOf(state, frame);
  if (kind === "begin") agent.begins = agent.begins.slice(1);
  if (kind === "call") delete state.call;
  if (fires) {
    noteFired(state, agent, fires);
    agent.holding = [...agent.holding ?? [], triggerKey(fires)];
  }
  if (pauses !== undefined) pause(frameAt(state, pauses), frame.id);
  if (takes.length > 0) frame.took = takes;
  takeMessages(agent, takes);
  if (kind === "meeting") joinMeeting(state, frame);
  beginFrame(state, frame);
  agent.entries++;
}

/** Names a trigger of an agent. */
export function triggerKey({ playbook, trigger }: Pick<Firing, "playbook" | "trigger">): string {
  return `${playbook}: ${trigger}`;
}

/** The number of fired triggers that an agent remembers. */
const maxFired = 50;

function noteFired({ position }: State, agent: Agent, firing: Firing): void {
  agent.fired = [...(agent.fired ?? []).slice(1 - maxFired), { ...firing, position }];
}

function pause(frame: Frame, by: string): void {
  const { by: others = [], index = frame.running?.lastDeltaIndex ?? -1 } = frame.paused ?? {};
  frame.paused = { by: [...others, by], index };
}

/** Lets the frame continue that waited for a thread, unless it waits for another one. */
function unpause(state: State, { id, pauses }: Frame): void {
  const frame = pauses === undefined ? undefined : state.frames[pauses];
  if (!frame?.paused) return;
  const by = frame.paused.by.filter((each) => each !== id);
  if (by.length > 0) frame.paused = { ...frame.paused, by };
  else delete frame.paused;
}

function applyTrigger(state: State, { agent: id, fires, rearms }: EntryOf<"trigger">): void {
  const agent = agentAt(state, id);
  agent.entries++;
  if (fires) noteFired(state, agent, fires);
  if (!rearms) return;
  const key = triggerKey(rearms);
  agent.holding = agent.holding?.filter((each) => each !== key) ?? [];
}

function applyRequest(state: State, entry: EntryOf<"request">): void {
  const frame = countedFrame(state, entry.frame);
  const { transcript } = frame;
  transcript.push({ role: "user", text: entry.text });
  if (entry.transcript) {
    frame.transcript = entry.transcript.map((each) => typeof each === "number" ? transcript[each]! : each);
  }
  for (const artifact of entry.artifacts ?? []) agentOf(state, frame).artifacts[artifact.name] = artifact;
  frame.phase = "asked";
  frame.askedAt = state.position;
  delete frame.previousLocals;
  delete frame.callerLocals;
  frame.repeats = entry.repeats ?? 0;
  if (frame.endedTurn) frame.toldTurn = frame.endedTurn;
  delete frame.endedTurn;
  frame.changeSummary = [];
  if (!entry.rehearsal) state.spent.calls++;
}

function applyAccepted(state: State, entry: EntryOf<"accepted">): void {
  const frame = frameAt(state, entry.frame);
  if (frame.phase !== "asked") throw new TypeError(`Frame ${frame.id} of ${frame.playbook} asks no model`);
  agentOf(state, frame).entries++;
  const { id, model, server, request } = entry;
  frame.accepted = { id, model, server, request, position: state.position };
}

function applyTurn(state: State, { text, finish, usage, reading, ...entry }: EntryOf<"turn">): void {
  const frame = countedFrame(state, entry.frame);
  const { spent } = state;
  frame.transcript.push({ role: "assistant", text });
  delete frame.accepted;
  spent.turns++;
  if (entry.rehearsal) spent.rehearsed = (spent.rehearsed ?? 0) + 1;
  spend(state, frame, usage);
  delete frame.isCallCounted;
  begin(state, frame, "turn", { text, finish, reading, rehearsal: entry.rehearsal });
}

function applyLost(state: State, { frame: id, usage }: EntryOf<"lost">): void {
  const frame = countedFrame(state, id);
  spend(state, frame, usage);
  frame.isCallCounted = true;
}

/** Adds the use of a model call. Its `request` entry counted one of its requests, unless that was another call's. */
function spend({ spent }: State, frame: Frame, usage: Usage): void {
  spent.calls += (usage.requests ?? 1) - (frame.isCallCounted ? 0 : 1);
  spent.inputTokens += usage.inputTokens;
  spent.outputTokens += usage.outputTokens;
  spent.cachedTokens += usage.cachedTokens;
  if (usage.costUsd === undefined) spent.unpriced++;
  else spent.costUsd += usage.costUsd;
}

function applyFact(state: State, entry: EntryOf<"patch" | "start">): void {
  const frame = countedFrame(state, entry.frame);
  applyDelta(state, frame, entry.out);
  if (frame.running || entry.type === "start") addFact(runningOf(frame), entry, state.position);
}

function applyCall(state: State, entry: EntryOf<"call">): void {
  const frame = countedFrame(state, entry.frame);
  applyDelta(state, frame, entry.out);
  if (entry.created) addAgent(state, entry.created);
  if (entry.fires) noteFired(state, agentOf(state, frame), entry.fires);
  addFact(runningOf(frame), entry, state.position);
  const callee = addFrame(state, entry.callee, {
    caller: { frame: frame.id, ordinal: entry.asked.ordinal },
    ...(entry.keeps ? { keeps: true } : {}),
  });
  if (frame.pinned) callee.pinned = true;
  countSilence(callee, frame.silentWaits);
  if (entry.locals) callee.callerLocals = entry.locals;
  if (entry.meeting) {
    for (const agent of entry.meeting.created ?? []) addAgent(state, agent);
    beginMeeting(state, entry.meeting, callee);
  }
  beginFrame(state, callee);
}

function openOrRefuse(state: State, entry: EntryOf<"meeting">): void {
  const begins = applyMeeting(state, entry);
  const frame = begins === undefined ? undefined : frameAt(state, begins);
  if (frame) beginFrame(state, frame);
  const agent = entry.refused?.agent ?? frame?.agent;
  if (agent !== undefined) agentAt(state, agent).entries++;
}

function applyMessage(state: State, { message }: EntryOf<"message">): void {
  if (message.meeting !== undefined) {
    for (const id of deliverToMeeting(state, message)) state.agents[id]!.entries++;
    return;
  }
  const receiver = agentAt(state, message.to);
  receiver.inbox.push(message);
  receiver.entries++;
  state.next.message++;
  state.spokeWith = { ...state.spokeWith, [message.from]: message.to };
}

function applyRelease(state: State, { words, to: person }: EntryOf<"release">): void {
  // Words of a meeting may be kept for several persons.
  const held = (state.held ?? []).filter(({ position, to }) => position !== words || to !== person);
  if (held.length > 0) state.held = held;
  else delete state.held;
  state.lastSaid = state.position;
}

function applyRedo(state: State, entry: EntryOf<"redo">): void {
  const running = runningOf(countedFrame(state, entry.frame));
  running.lastDeltaIndex = -1;
  running.redonePosition = state.position;
  for (const [ordinal, open] of Object.entries(running.open)) {
    if (Number(ordinal) >= entry.ordinal && open.kind === "call") removeFrame(state, open.callee);
  }
  addFact(running, entry, state.position);
}

/** The write of no frame: all code sees it when it continues, as it sees the writes of other calls. */
function applyEdit(state: State, { kind, agent: id, frame: frameId, name, value }: EntryOf<"edit">): void {
  state.edited = `${state.position}-${state.at}`;
  if (kind === "state" && id !== undefined && name !== undefined) {
    const agent = agentAt(state, id);
    agent.entries++;
    for (const frame of Object.values(state.frames)) {
      if (frame.agent !== id || !frame.ownParameters?.includes(name)) continue;
      frame.ownParameters = frame.ownParameters.filter((each) => each !== name);
    }
    writeState(state, agent, "", { [name]: { value } });
  }
  if (kind === "local" && frameId !== undefined && name !== undefined) {
    const frame = frameAt(state, frameId);
    agentOf(state, frame).entries++;
    frame.previousLocals ??= frame.locals;
    frame.locals = { ...frame.locals, [name]: value };
  }
}

function applyEnd(state: State, { status, at, reason, frame: id }: EntryOf<"end">): void {
  state.end = { status, at, ...(reason === undefined ? {} : { reason }) };
  const frame = id === undefined ? undefined : state.frames[id];
  if (frame) agentOf(state, frame).entries++;
  dropFrames(state);
  delete state.meetings;
}

function addAgent(state: State, agent: NewAgent): void {
  state.agents[agent.id] = {
    id: agent.id,
    klass: agent.klass,
    properties: agent.properties,
    born: state.position,
    state: agent.properties,
    writes: {},
    lastWrite: { position: 0, frame: "", others: 0 },
    inbox: [],
    artifacts: {},
    heard: [],
    begins: [...agent.begins],
    entries: 1,
  };
  if (agent.source !== undefined) keepText(state, agent.id, agent.source);
  state.lastBorn = state.position;
  state.next.agent = Math.max(state.next.agent, Number(agent.id) + 1);
}

function addFrame(
  state: State,
  fresh: NewFrame,
  from: Pick<Frame, "caller" | "root" | "pauses" | "keeps">,
): Frame {
  const agent = agentAt(state, fresh.agent);
  const frame: Frame = {
    id: fresh.id,
    agent: fresh.agent,
    playbook: fresh.playbook,
    mode: fresh.mode,
    args: fresh.args,
    ...from,
    born: state.position,
    source: fresh.source,
    turn: fresh.resolves ? 0 : 1,
    phase: "ready",
    locals: fresh.args,
    transcript: [],
    failures: 0,
    idle: 0,
    repeats: 0,
    changeSummary: [],
    ...(fresh.own ? { ownParameters: fresh.own } : {}),
    ...(fresh.meeting === undefined ? {} : { meeting: fresh.meeting }),
  };
  // Arguments may be parts of the agent's variables, and the frame keeps them.
  handOn(agent);
  putFrame(state, frame);
  state.next.frame = Math.max(state.next.frame, Number(fresh.id.slice(1)) + 1);
  if (fresh.writes) writeState(state, agent, frame.id, fresh.writes);
  return frame;
}

/** Begins the code of a frame that is no model's: its placeholders, or its function. The owner of a meeting may wait. */
function beginFrame(state: State, frame: Frame): void {
  if (isHeld(state, frame)) return;
  if (frame.turn === 0) begin(state, frame, "expressions");
  else if (frame.mode === "code") begin(state, frame, "function");
}

function begin(
  state: State,
  frame: Frame,
  kind: TurnExecution["kind"],
  { text = "", finish = "stop", reading, rehearsal }: {
    readonly text?: string;
    readonly finish?: TurnExecution["finish"] | undefined;
    readonly reading?: number | undefined;
    readonly rehearsal?: true | undefined;
  } = {},
): void {
  const agent = agentOf(state, frame);
  handOn(agent);
  frame.phase = "running";
  frame.running = {
    kind,
    text,
    finish,
    ...(reading === undefined ? {} : { reading, ...(rehearsal ? { rehearsal } : {}) }),
    state: variablesInCode(state, frame),
    at: state.at,
    position: state.position,
    history: new TurnHistory(frame.id, state.position),
    open: {},
    lastDeltaIndex: -1,
    lastSeenPosition: state.position,
  };
}

function applyDelta(state: State, frame: Frame, delta: StateDelta | undefined): void {
  if (!delta) return;
  const { running } = frame;
  if (running) {
    running.lastDeltaIndex = Math.max(running.lastDeltaIndex, delta.index);
    // An entry is made directly after code has run, so the code has seen all entries before it. It has not seen the
    // variables that this entry writes, for example the arguments of a call.
    running.lastSeenPosition = state.position - 1;
    const atStart = delta.in?.[0];
    if (atStart) running.state = patched(running.state, atStart);
  }
  for (const note of delta.notes ?? []) {
    if (note.kind === "step") frame.step = stepNumber(note.text);
    if (note.kind === "log" && running?.kind === "turn") {
      running.printed = printed(running.printed, note.text);
    }
  }
  if (!delta.patch) return;
  const agent = agentOf(state, frame);
  const patch = state.meetings ? writeShared(state, frame, delta.patch) : delta.patch;
  writeState(state, agent, frame.id, wholeLastResult(agent, frame, sharedPatch(frame, patch)));
}

/** Items that code added to `$_` follow the last result: the agent has no such variable before. */
function wholeLastResult(agent: Agent, { lastResult }: Frame, patch: StatePatch): StatePatch {
  const change = patch["_"];
  if (!change || !("append" in change) || Array.isArray(agent.state["_"])) return patch;
  const list = Array.isArray(lastResult?.value) ? lastResult.value as readonly Encoded[] : [];
  return { ...patch, _: { value: [...list, ...change.append] } };
}

/** The number and the characters of printed texts that a turn keeps. */
const maxPrinted = { texts: 200, characters: 100_000 };

function printed(before: PrintedTexts | undefined, text: string): PrintedTexts {
  const { texts, omitted } = before ?? { texts: [], omitted: 0 };
  const characters = texts.reduce((sum, each) => sum + each.length, text.length);
  return omitted > 0 || texts.length >= maxPrinted.texts || characters > maxPrinted.characters
    ? { texts, omitted: omitted + 1 }
    : { texts: [...texts, text], omitted };
}

/**
 * The patch for the agent's variables. With its first write, a frame's own parameter becomes a variable like all others.
 * Items that code added to its own list follow the list of its arguments.
 */
function sharedPatch(frame: Frame, patch: StatePatch): StatePatch {
  const own = frame.ownParameters ?? [];
  const written = own.filter((name) => Object.hasOwn(patch, name));
  if (written.length === 0) return patch;
  frame.ownParameters = own.filter((name) => !written.includes(name));
  const whole = written.flatMap((name) => {
    const change = patch[name];
    if (!change || !("append" in change)) return [];
    const value = [...frame.args[name] as readonly Encoded[], ...change.append];
    return [[name, { value }] as const];
  });
  return { ...patch, ...Object.fromEntries(whole) };
}

function applyEffect(state: State, entry: EntryOf<"effect">): void {
  const frame = countedFrame(state, entry.frame);
  applyDelta(state, frame, entry.out);
  const open = runningOf(frame).open[entry.ordinal];
  if (!entry.cancelled && (open?.kind === "outside" || open?.kind === "sleep")) {
    countSilence(frame, undefined);
  }
  addFact(runningOf(frame), entry, state.position);
  if (entry.did && !entry.cancelled) applyDid(state, frame, entry.did);
}

function applyToolFact(state: State, entry: EntryOf<"task" | "tool-ask" | "tool-reply">): void {
  const frame = countedFrame(state, entry.frame);
  addFact(runningOf(frame), entry, state.position);
  if (entry.type === "task") return;
  const asker = agentAt(state, entry.agent);
  if (entry.type === "tool-reply") takeMessages(asker, entry.takes);
  if (entry.text === undefined) return;
  state.lastSaid = state.position;
  remember(asker, { to: entry.person, text: entry.text });
}

function applyDid(state: State, frame: Frame, did: Did): void {
  switch (did.kind) {
    case "said":
      if (did.held) {
        const { by, to, text } = did;
        state.held = [...state.held ?? [], { position: state.position, at: state.at, by, to, text }];
      } else state.lastSaid = state.position;
      state.spokeWith = { ...state.spokeWith, [did.to]: frame.agent };
      remember(agentOf(state, frame), { to: did.to, text: did.text });
      noteSaid(state, frame, did);
      return;
    case "sent": {
      if (did.hearers) state.lastSaid = state.position;
      if (did.message.meeting !== undefined) {
        const { from: by, text, meeting } = did.message;
        for (const to of did.held ?? []) {
          state.held = [...state.held ?? [], {
            position: state.position,
            at: state.at,
            by,
            to,
            text,
            meeting,
          }];
        }
        deliverToMeeting(state, did.message);
        remember(agentOf(state, frame), { to: did.message.to, text: did.message.text });
        return;
      }
      if (did.created) addAgent(state, did.created);
      const receiver = agentAt(state, did.message.to);
      receiver.inbox.push(did.message);
      state.next.message++;
      remember(agentOf(state, frame), { to: receiver.id, text: did.message.text });
      return;
    }
    case "created":
      addAgent(state, did.agent);
      return;
    case "saved":
      agentOf(state, frame).artifacts[did.artifact.name] = did.artifact;
      return;
    case "kept":
      for (const artifact of did.artifacts) agentOf(state, frame).artifacts[artifact.name] = artifact;
      return;
    case "took":
      takeMessages(agentOf(state, frame), did.messages);
      frame.took = did.messages;
      countSilence(frame, undefined);
      if (did.ended !== undefined) noteEnd(state, frame, did.ended);
      return;
    case "given":
      return;
    case "silent":
      countSilence(frame, (frame.silentWaits ?? 0) + 1);
      return;
    case "invited": {
      const meeting = state.meetings?.[did.meeting];
      if (!meeting) {
        throw new TypeError(`Entry ${state.position} names meeting ${did.meeting}, which does not exist`);
      }
      for (const agent of did.created ?? []) addAgent(state, agent);
      invite(state, meeting, did);
      return;
    }
  }
}

/** The code of a meeting's frame, or of one that it called, knows that the meeting has ended. */
function noteEnd(state: State, frame: Frame, meeting: string): void {
  const member = chainOf(state, frame).find((each) => each.meeting === meeting);
  if (member) member.knowsEnd = true;
}

/** Sets the number of waits in a row that gave a frame no words. A call continues the row of its caller. */
function countSilence(frame: Frame, silentWaits: number | undefined): void {
  if (silentWaits === undefined) delete frame.silentWaits;
  else frame.silentWaits = silentWaits;
}

/** Words to a person belong to each call that they were said in. */
function noteSaid(state: State, frame: Frame, words: SpokenWords): void {
  let current: Frame | undefined = frame;
  while (current?.caller) {
    addSaid(current.said ??= [], words);
    current = state.frames[current.caller.frame];
  }
}

function endTurn(state: State, entry: EntryOf<"end-turn">): void {
  const frame = countedFrame(state, entry.frame);
  applyDelta(state, frame, entry.out);
  if (entry.fires) noteFired(state, agentOf(state, frame), entry.fires);
  const running = runningOf(frame);
  if (entry.locals) {
    frame.previousLocals = frame.locals;
    frame.locals = entry.locals;
  }
  if (running.kind === "expressions") {
    frame.description = entry.description ?? "";
  } else {
    const { history, printed } = running;
    history.end(state.position);
    const { error, refused } = entry;
    frame.endedTurn = {
      turn: frame.turn,
      history,
      ...(error ? { error } : {}),
      ...(refused ? { refused } : {}),
      ...(printed ? { printed } : {}),
    };
    if (refused) frame.refused = (frame.refused ?? 0) + 1;
    frame.failures = entry.error ? frame.failures + 1 : 0;
    frame.idle = entry.error || history.length > 0 ? 0 : frame.idle + 1;
  }
  if (frame.nextSource !== undefined) frame.source = frame.nextSource;
  delete frame.nextSource;
  frame.turn++;
  frame.phase = "ready";
  delete frame.running;
}

function applyReturn(state: State, entry: EntryOf<"return">): void {
  const frame = countedFrame(state, entry.frame);
  applyDelta(state, frame, entry.out);
  if (entry.fires) noteFired(state, agentOf(state, frame), entry.fires);
  dropFrame(state, frame.id);
  unpause(state, frame);
  leaveMeeting(state, frame, entry.outcome.ok ? undefined : entry.outcome.error.message);
  if (!frame.caller) {
    forgetSources(state);
    return;
  }
  const caller = state.frames[frame.caller.frame];
  if (!caller) return;
  if (caller.agent !== frame.agent) agentOf(state, caller).entries++;
  countSilence(caller, frame.silentWaits);
  if (frame.keeps && entry.outcome.ok) {
    const { outcome: { value }, summary } = entry;
    caller.lastResult = { value, ...(summary === undefined ? {} : { summary }) };
  }
  const { caller: { ordinal }, said } = frame;
  addResult(runningOf(caller), entry, { ordinal, position: state.position, said });
}

function removeFrame(state: State, id: string): void {
  const frame = state.frames[id];
  dropFrame(state, id);
  if (frame) leaveMeeting(state, frame);
  for (const open of Object.values(frame?.running?.open ?? {})) {
    if (open.kind === "call") removeFrame(state, open.callee);
  }
}

function writeState(state: State, agent: Agent, frame: string, patch: StatePatch): void {
  const keys = Object.keys(patch);
  if (keys.length === 0) return;
  const { position } = state;
  for (const key of keys) agent.writes[key] = { position, frame };
  const { lastWrite } = agent;
  agent.lastWrite = {
    position,
    frame,
    others: lastWrite.frame === frame ? lastWrite.others : lastWrite.position,
  };
  if (!isOwned(agent, agent.state)) agent.state = own(agent, { ...agent.state });
  const variables = agent.state as Record<string, Encoded>;
  for (const key of keys) {
    const change = patch[key]!;
    if (change && "append" in change) {
      const list = variables[key] as readonly Encoded[];
      if (isOwned(agent, list)) { for (const item of change.append) (list as Encoded[]).push(item); }
      else {
        variables[key] = own(agent, [...list, ...change.append]);
      }
    } else if (change) variables[key] = change.value;
    else delete variables[key];
  }
}

/** A record of variables with a patch applied. */
export function patched(
  record: Readonly<Record<string, Encoded>>,
  patch: StatePatch,
): Readonly<Record<string, Encoded>> {
  const changes = Object.entries(patch);
  if (changes.length === 0) return record;
  const next: Record<string, Encoded> = { ...record };
  for (const [key, change] of changes) {
    if (change === null) delete next[key];
    else if ("append" in change) next[key] = [...next[key] as readonly Encoded[], ...change.append];
    else next[key] = change.value;
  }
  return next;
}

/** One patch with the effect of two in a row. */
export function mergedPatch(first: StatePatch, second: StatePatch): StatePatch {
  const merged: Record<string, StatePatch[string]> = { ...first };
  for (const [key, change] of Object.entries(second)) {
    const before = first[key];
    if (!change || !("append" in change) || !before) merged[key] = change;
    else if ("append" in before) merged[key] = { append: [...before.append, ...change.append] };
    else merged[key] = { value: [...before.value as readonly Encoded[], ...change.append] };
  }
  return merged;
}

function takeMessages(agent: Agent, ids: readonly string[]): void {
  if (ids.length === 0) return;
  const taken = new Set(ids);
  for (const message of agent.inbox) {
    if (!taken.has(message.id) || message.news) continue;
    const { from, text, meeting, to } = message;
    remember(agent, { from, ...(meeting === undefined ? {} : { to }), text });
  }
  agent.inbox = agent.inbox.filter((message) => !taken.has(message.id));
}

/** The number of messages that an agent remembers: enough for a conversation, and short beside a prompt. */
const maxHeard = 40;

function remember(agent: Agent, heard: Heard): void {
  agent.heard.push(heard);
  if (agent.heard.length > maxHeard) agent.heard.shift();
}

/** Keeps a frame on its source, or moves it back to the source before an edit that has had no effect yet. */
function pin(frame: Frame): void {
  frame.pinned = true;
  if (frame.priorSource === undefined && frame.nextSource === undefined) return;
  frame.source = frame.priorSource ?? frame.source;
  delete frame.priorSource;
  delete frame.nextSource;
  frame.changeSummary = [];
}

function keepText(state: State, agent: string, source: string): void {
  state.oldTexts = { ...state.oldTexts, [agent]: source };
}

/** Old sources are kept only while a frame runs them or an agent needs them. */
function forgetSources(state: State): void {
  const used = new Set([state.source, ...Object.values(state.oldTexts ?? {})]);
  for (const frame of Object.values(state.frames)) {
    used.add(frame.source);
    if (frame.nextSource !== undefined) used.add(frame.nextSource);
    if (frame.priorSource !== undefined) used.add(frame.priorSource);
  }
  for (const hash of Object.keys(state.sources)) if (!used.has(hash)) delete state.sources[hash];
}

function stepNumber(text: string): string {
  return text.includes(":") ? text.slice(text.indexOf(":") + 1) : text;
}

function frameAt(state: State, id: string): Frame {
  const frame = state.frames[id];
  if (!frame) throw new TypeError(`Entry ${state.position} names frame ${id}, which is not on the stack`);
  return frame;
}

function countedFrame(state: State, id: string): Frame {
  const frame = frameAt(state, id);
  delete frame.priorSource;
  agentOf(state, frame).entries++;
  return frame;
}

function agentAt(state: State, id: string): Agent {
  const agent = state.agents[id];
  if (!agent) throw new TypeError(`Entry ${state.position} names agent ${id}, which does not exist`);
  return agent;
}

function agentOf(state: State, frame: Frame): Agent {
  return agentAt(state, frame.agent);
}

function runningOf(frame: Frame): TurnExecution {
  if (!frame.running) throw new TypeError(`Frame ${frame.id} of ${frame.playbook} has no turn in flight`);
  return frame.running;
}
