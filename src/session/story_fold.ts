import {
  type Asked,
  describeCall,
  display,
  type Encoded,
  type Entry,
  type EntryOf,
  type Firing,
  type NewFrame,
  type Programs,
  type Source,
  type State,
  type StateDelta,
} from "../engine/mod.ts";
import { type CallOnStack, EventFold } from "./event_fold.ts";
import type { SessionEvent } from "./event.ts";
import { OpenWaits } from "./open_waits.ts";
import type { StoryAgent, StoryFact, StoryItem, StoryOutcome, StoryPlace, StoryWait } from "./story.ts";

type Told = StoryFact & StoryPlace;

/** An effect that was started and has no result. */
interface Started {
  readonly call: string;
  readonly name: string;
  readonly atMs: number;
}

/**
 * Makes the story of a session from its entries, one entry at a time. It keeps the facts that later entries refer to, as
 * the effects that were started.
 */
export class StoryFold {
  readonly #events: EventFold;
  readonly #maxCharacters: number;
  readonly #waits: OpenWaits;
  /** Started effects, by frame and ordinal. */
  readonly #started = new Map<string, Map<number, Started>>();
  /** When the model of a frame was asked. */
  readonly #askedAt = new Map<string, number>();
  /** Modes of frames on the stack. */
  readonly #modes = new Map<string, string>();
  /** Meetings, by the frame of their owner. */
  readonly #meetings = new Map<string, { readonly id: string; readonly topic: string }>();
  /** Agents and places, which all items of a turn share: a long story has a hundred thousand items in memory. */
  readonly #agents = new Map<string, StoryAgent>();
  readonly #places = new Map<string, { readonly of: CallOnStack; readonly place: StoryPlace }>();
  #source: Source | undefined;
  /** Something has happened since the beginning. A session that was only queued did not stop. */
  #hasWorked: boolean;
  /** A value was edited, and no process has run since: the next one is the first of a fork. */
  #isNewFork = false;
  #atMs: number;

  /**
   * Begins at a state, or at the first entry. `programs` must hold the sources of all entries. Values are shown with at most
   * `maxCharacters`.
   */
  constructor(
    programs: Programs,
    { state, maxCharacters }: { readonly state?: State; readonly maxCharacters: number },
  ) {
    this.#events = new EventFold(programs, state);
    this.#waits = new OpenWaits(state);
    this.#maxCharacters = maxCharacters;
    this.#hasWorked = state !== undefined;
    this.#isNewFork = state?.edited?.startsWith(`${state.position}-`) ?? false;
    this.#atMs = state?.at ?? 0;
    if (!state) return;
    this.#source = state.sources[state.source];
    for (const { id, topic, frame } of Object.values(state.meetings ?? {})) {
      this.#meetings.set(frame, { id, topic });
    }
    for (const { id, mode, running } of Object.values(state.frames)) {
      this.#modes.set(id, mode);
      for (const [ordinal, { at }] of Object.entries(running?.open ?? {})) {
        const asked = running?.history.asked[Number(ordinal)];
        if (asked) this.#start(id, asked, at);
      }
    }
  }

  /** Position of the newest entry taken. */
  get position(): number {
    return this.#events.position;
  }

  /** The items of the next entry. */
  take(entry: Entry): readonly StoryItem[] {
    const frame = "frame" in entry && typeof entry.frame === "string" ? entry.frame : undefined;
    // A call that returns leaves the stack with its entry.
    const before = entry.type === "return" ? this.#placeOfReturn(entry.frame) : this.#placeOf(frame);
    const events = this.#events.take(entry);
    const facts: Told[] = [];
    for (const event of events) if (isNote(event)) facts.push(...this.#ofEvent(event, before));
    if ("out" in entry) facts.push(...this.#set(entry.out, before));
    for (const event of events) if (!isNote(event)) facts.push(...this.#ofEvent(event, before));
    facts.push(...this.#factsOf(entry, before));
    this.#waits.take(entry);
    this.#hasWorked ||= !beginnings.has(entry.type);
    this.#atMs = entry.at;
    const { position } = this.#events;
    return facts.map((fact) => ({ position, atMs: entry.at, ...fact }));
  }

  /** The facts that an event has. Other events have less than their entry. */
  #ofEvent(event: SessionEvent, place: StoryPlace): readonly Told[] {
    switch (event.type) {
      case "agent":
        return [{
          type: "agent",
          isAtStart: event.atStart ?? false,
          agent: { id: event.agent, klass: event.klass },
        }];
      case "step": {
        const { step, text } = event;
        return [{ ...place, type: "step", step, ...(text === undefined ? {} : { text }) }];
      }
      case "log":
        return [{ ...place, type: "log", text: event.text }];
      case "say":
        return [{
          ...placeOfAgent(place, event.agent, event.klass),
          type: "words",
          from: { id: event.agent, klass: event.klass },
          to: this.#agent(event.to),
          text: event.text,
        }];
      case "message": {
        const { from, fromKlass, to, toKlass, text } = event;
        return [{
          ...placeOfAgent(place, from, fromKlass),
          type: "words",
          from: { id: from, klass: fromKlass },
          to: { id: to, klass: toKlass },
          text,
        }];
      }
      case "heard": {
        const { agent, klass, from, text } = event;
        return [{ type: "words", from: { id: from, klass: "" }, to: { id: agent, klass }, text }];
      }
      case "tools":
        return [{ type: "tools", server: event.server, tools: event.tools }];
      default:
        return [];
    }
  }

  /** The facts of an entry beside those of its events. */
  #factsOf(entry: Entry, place: StoryPlace): readonly Told[] {
    switch (entry.type) {
      case "session":
        return [this.#begun(entry)];
      case "run":
        return [this.#run(entry)];
      case "thread": {
        const { kind, frame, fires } = entry;
        this.#modes.set(frame.id, frame.mode);
        const joined = kind === "meeting" ? this.#joined(frame) : [];
        return [
          ...this.#fired({ agent: this.#agent(frame.agent) }, fires),
          ...joined,
          this.#called(kind, frame),
        ];
      }
      case "call": {
        const { callee, meeting } = entry;
        this.#modes.set(callee.id, callee.mode);
        return [
          ...this.#fired(place, entry.fires),
          this.#called("playbook", callee, entry.frame),
          ...(meeting ? [this.#meetingCalled(meeting, callee.id)] : []),
        ];
      }
      case "request":
        this.#askedAt.set(entry.frame, entry.at);
        return [{ ...place, type: "ask" }];
      case "turn":
        return [this.#answered(entry, place)];
      case "lost":
        return [{ ...place, type: "lost", model: entry.model, requests: entry.usage.requests ?? 1 }];
      case "accepted":
        return [{ ...place, type: "accepted", model: entry.model, id: entry.id }];
      case "start": {
        this.#start(entry.frame, entry.asked, entry.at);
        const call = this.#call(entry.asked);
        return [{ ...place, type: "start", call, wait: this.#wait(entry.wait) }];
      }
      case "effect":
        return this.#effect(entry, place);
      case "end-turn":
        return [...this.#fired(place, entry.fires), ...turnEnd(entry, place)];
      case "return":
        return this.#returned(entry, place);
      case "trigger":
        return this.#triggered(entry);
      case "meeting":
        return this.#meeting(entry);
      case "redo":
        return [{ ...place, type: "redo", call: this.#startedCall(entry.frame, entry.ordinal) }];
      case "edit":
        this.#isNewFork = true;
        return [this.#edited(entry)];
      case "task":
        return [{
          ...place,
          type: "task",
          id: entry.task.id,
          call: this.#startedCall(entry.frame, entry.ordinal),
        }];
      case "end": {
        const { status, reason } = entry;
        return [{ type: "end", status, ...(reason === undefined ? {} : { reason }) }];
      }
      case "agent":
      case "patch":
      case "message":
      case "release":
      case "tools":
      case "tool-ask":
      case "tool-reply":
        return [];
    }
  }

  #begun({ source, model, parameters, call }: EntryOf<"session">): Told {
    this.#source = source;
    return {
      type: "begin",
      files: source.files.map(({ path }) => path),
      model,
      parameters: this.#texts(parameters),
      ...(call ? { call: this.#call({ ordinal: 0, name: call.playbook, args: call.args }) } : {}),
    };
  }

  #run({ token, model, pid, host, source, pin, at }: EntryOf<"run">): Told {
    const edited = source && this.#source ? changedFiles(this.#source, source) : undefined;
    if (source) this.#source = source;
    const isResumed = token > 1 && this.#hasWorked && (!this.#isNewFork || edited !== undefined);
    this.#isNewFork = false;
    // The process before may have died while its effects were open. Those that go on ask anew.
    return {
      type: "run",
      token,
      model,
      pid,
      host,
      ...(isResumed ? { stoppedMs: Math.max(0, at - this.#atMs) } : {}),
      ...(isResumed && this.#waits.onlyWaits ? { waited: true } : {}),
      ...(edited ? { edited } : {}),
      ...(pin ? { isPinned: true } : {}),
    };
  }

  #edited({ by, kind, agent, frame, name, of, before, value }: EntryOf<"edit">): Told {
    return {
      ...this.#placeOf(frame),
      ...(agent === undefined ? {} : { agent: this.#agent(agent) }),
      type: "edit",
      by,
      target: kind === "result" ? `result@${of}` : `${kind}.${name}`,
      before: this.#text(before),
      value: this.#text(value),
    };
  }

  #called(
    by: Extract<StoryFact, { type: "call" }>["by"],
    frame: NewFrame,
    caller?: string,
  ): Told {
    const { id, agent, playbook, args, resolves } = frame;
    return {
      agent: this.#agent(agent),
      frame: { id, playbook, turn: resolves ? 0 : 1 },
      type: "call",
      by,
      call: this.#call({ ordinal: 0, name: playbook, args: Object.values(args) }),
      ...(caller === undefined ? {} : { caller }),
    };
  }

  #answered({ frame, text, model, usage, finish, rehearsal, at }: EntryOf<"turn">, place: StoryPlace): Told {
    if (this.#modes.get(frame) === "code") return { ...place, type: "code", code: text };
    const { inputTokens, outputTokens, cachedTokens, costUsd } = usage;
    const askedAt = this.#askedAt.get(frame);
    this.#askedAt.delete(frame);
    return {
      ...place,
      type: "answer",
      code: text,
      model,
      inputTokens,
      outputTokens,
      cachedTokens,
      ...(costUsd === undefined ? {} : { costUsd }),
      ...(finish === undefined ? {} : { finish }),
      ...(askedAt === undefined ? {} : { tookMs: Math.max(0, at - askedAt) }),
      isRehearsal: rehearsal ?? model.startsWith("rehearsal"),
    };
  }

  #effect(entry: EntryOf<"effect">, place: StoryPlace): readonly Told[] {
    const { frame, ordinal, asked, outcome, did, cancelled, at } = entry;
    const started = this.#started.get(frame)?.get(ordinal);
    this.#started.get(frame)?.delete(ordinal);
    // Their words are an item of their own.
    if (did?.kind === "said" || did?.kind === "sent") return [];
    const name = asked?.name ?? started?.name ?? "";
    const saved = did?.kind === "saved"
      ? [did.artifact.name]
      : did?.kind === "kept"
      ? did.artifacts.map(({ name }) => name)
      : undefined;
    return [{
      ...place,
      type: "effect",
      call: asked ? this.#call(asked) : started?.call ?? `#${ordinal}`,
      outcome: cancelled ? { ok: false, error: "cancelled", isCancelled: true } : name === "Env" && outcome.ok
        // A story is read and sent to others; a variable of the environment may be a secret.
        ? { ok: true }
        : this.#outcome(outcome),
      ...(started ? { tookMs: Math.max(0, at - started.atMs) } : {}),
      ...(did?.kind === "took" ? { took: did.messages.length } : {}),
      ...(did?.kind === "given" ? { isGiven: true as const } : {}),
      ...(saved ? { saved } : {}),
      ...(did?.kind === "invited" ? { invited: did.attendees.map(({ name }) => this.#agent(name)) } : {}),
      ...(did?.kind === "created" ? { created: this.#agent(did.agent.id) } : {}),
    }];
  }

  #returned(entry: EntryOf<"return">, place: StoryPlace): readonly Told[] {
    const { frame, outcome, summary, fires } = entry;
    const meeting = this.#meetings.get(frame);
    this.#meetings.delete(frame);
    this.#modes.delete(frame);
    this.#started.delete(frame);
    this.#places.delete(frame);
    return [
      ...this.#fired(place, fires),
      ...(meeting
        ? [{ ...place, type: "meeting", meeting: meeting.id, news: "ends", topic: meeting.topic } as const]
        : []),
      {
        ...place,
        type: "return",
        outcome: this.#outcome(outcome),
        ...(summary === undefined ? {} : { summary }),
      },
    ];
  }

  #joined({ agent, meeting = "" }: NewFrame): readonly Told[] {
    return [{ agent: this.#agent(agent), type: "meeting", meeting, news: "joined" }];
  }

  #meetingCalled({ id, topic, attendees }: NonNullable<EntryOf<"call">["meeting"]>, owner: string): Told {
    this.#meetings.set(owner, { id, topic });
    const participants = attendees.map(({ name }) => this.#agent(name));
    return { ...this.#placeOf(owner), type: "meeting", meeting: id, news: "called", topic, participants };
  }

  #meeting({ meeting, refused }: EntryOf<"meeting">): readonly Told[] {
    if (!refused) return [{ type: "meeting", meeting, news: "begins" }];
    return [{
      agent: this.#agent(refused.agent),
      type: "meeting",
      meeting,
      news: "refused",
      why: refused.why,
    }];
  }

  #triggered({ agent, fires, rearms }: EntryOf<"trigger">): readonly Told[] {
    if (!rearms) return this.#fired({ agent: this.#agent(agent) }, fires);
    const { playbook, trigger } = rearms;
    return [{ agent: this.#agent(agent), type: "trigger", playbook, trigger, by: "armed again" }];
  }

  #fired(place: StoryPlace, fires: Firing | undefined): readonly Told[] {
    if (!fires) return [];
    const { playbook, trigger, by } = fires;
    return [{ ...place, type: "trigger", playbook, trigger, by }];
  }

  #set(out: StateDelta | undefined, place: StoryPlace): readonly Told[] {
    const variables = Object.entries(out?.patch ?? {}).map(([name, change]) =>
      change === null
        ? { name }
        : "value" in change
        ? { name, value: this.#text(change.value) }
        : { name, value: this.#text(change.append as Encoded), added: true as const }
    );
    return variables.length === 0 ? [] : [{ ...place, type: "set", variables }];
  }

  #wait(wait: EntryOf<"start">["wait"]): StoryWait {
    switch (wait.kind) {
      case "messages": {
        const until = wait.deadline === undefined ? {} : { untilMs: wait.deadline };
        return { kind: "messages", from: wait.sources.map((source) => this.#agent(source)), ...until };
      }
      case "sleep":
        return { kind: "sleep", untilMs: wait.until };
      case "outside":
        return { kind: "outside", what: wait.what, isRepeatable: wait.repeatable };
    }
  }

  #outcome(outcome: EntryOf<"return">["outcome"]): StoryOutcome {
    if (!outcome.ok) return { ok: false, error: `${outcome.error.name}: ${outcome.error.message}` };
    const text = this.#text(outcome.value);
    return text === "undefined" ? { ok: true } : { ok: true, value: text };
  }

  #start(frame: string, asked: Asked, atMs: number): void {
    const ofFrame = this.#started.get(frame) ?? new Map<number, Started>();
    this.#started.set(frame, ofFrame);
    ofFrame.set(asked.ordinal, { call: this.#call(asked), name: asked.name, atMs });
  }

  #startedCall(frame: string, ordinal: number): string {
    return this.#started.get(frame)?.get(ordinal)?.call ?? `#${ordinal}`;
  }

  #call(asked: Asked): string {
    return describeCall(asked, { maxArgumentCharacters: this.#maxCharacters });
  }

  #texts(values: Readonly<Record<string, Encoded>>): Readonly<Record<string, string>> {
    return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, this.#text(value)]));
  }

  #text(value: Encoded): string {
    return display(value, { maxCharacters: this.#maxCharacters });
  }

  #agent(id: string): StoryAgent {
    const known = this.#agents.get(id);
    const klass = this.#events.classOf(id);
    if (known?.klass === klass) return known;
    const agent = { id, klass };
    this.#agents.set(id, agent);
    return agent;
  }

  /** A call that ended its turn returns in that turn, and not in the next one. */
  #placeOfReturn(id: string): StoryPlace {
    const place = this.#placeOf(id);
    const { endedTurn } = this.#events.frame(id) ?? {};
    return place.frame && endedTurn !== undefined
      ? { ...place, frame: { ...place.frame, turn: endedTurn } }
      : place;
  }

  #placeOf(id: string | undefined): StoryPlace {
    const of = id === undefined ? undefined : this.#events.frame(id);
    if (!of) return nowhere;
    const known = this.#places.get(id!);
    if (known?.of === of) return known.place;
    const { agent, playbook, turn } = of;
    const place = { agent: this.#agent(agent), frame: { id: id!, playbook, turn } };
    this.#places.set(id!, { of, place });
    return place;
  }
}

const nowhere: StoryPlace = {};

/** The entries with which a session begins. */
const beginnings: ReadonlySet<Entry["type"]> = new Set(["session", "run", "agent", "thread", "message"]);

/** A note comes before the variables of its entry. */
function isNote({ type }: SessionEvent): boolean {
  return type === "step" || type === "log";
}

function placeOfAgent(place: StoryPlace, id: string, klass: string): StoryPlace {
  return place.agent ? place : { agent: { id, klass } };
}

function turnEnd({ error, refused }: EntryOf<"end-turn">, place: StoryPlace): readonly Told[] {
  if (refused) return [{ ...place, type: "turn-refused" }];
  if (!error) return [];
  const { name, message, line, source } = error;
  return [{
    ...place,
    type: "turn-failed",
    error: `${name}: ${message}`,
    ...(line === undefined ? {} : { line }),
    ...(source === undefined ? {} : { source }),
  }];
}

/**
 * Paths of the files that differ between two sources. A path may be relative in one source and absolute in the other,
 * because each resume reads the files from its own folder.
 */
function changedFiles(before: Source, now: Source): readonly string[] {
  const [old, young] = [before, now].map(({ files, imports }) => [...files, ...imports]) as [Text[], Text[]];
  const edited = young.filter(({ path, text }) => old.find((file) => isSame(file.path, path))?.text !== text);
  const removed = old.filter(({ path }) => !young.some((file) => isSame(file.path, path)));
  const shortest = (path: string) => old.find((file) => path.endsWith(`/${file.path}`))?.path ?? path;
  return [...new Set([...edited, ...removed].map(({ path }) => shortest(path)))];
}

interface Text {
  readonly path: string;
  readonly text: string;
}

function isSame(one: string, other: string): boolean {
  return one === other || one.endsWith(`/${other}`) || other.endsWith(`/${one}`);
}
