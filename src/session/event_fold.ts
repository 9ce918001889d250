import type { Entry, EntryOf, NewFrame, Programs, State, WordsShown } from "../engine/mod.ts";
import { depthOf, wordsReleased } from "../engine/mod.ts";
import type { EventFact, SessionEvent } from "./event.ts";
import { postedKey } from "./inbox_message.ts";
import { stepAt } from "./step_at.ts";

/** A call on the stack. */
export interface CallOnStack {
  readonly agent: string;
  readonly playbook: string;
  readonly turn: number;
  /** The turn that ended last, until the next one begins. A call returns in this turn. */
  readonly endedTurn?: number | undefined;
}

interface FrameFacts extends CallOnStack {
  readonly depth: number;
  readonly source: string;
  /** Code of a model is running: another source takes effect at the next turn. */
  readonly isInTurn: boolean;
  readonly nextSource?: string;
}

interface MeetingFacts {
  readonly topic: string;
  readonly owner: string;
  /** Ids of agents and names of persons who joined before it began. */
  readonly names: string[];
}

/**
 * Makes events from entries, always the same ones. It keeps the classes of agents and the playbooks of frames, because
 * an entry alone lacks them.
 */
export class EventFold {
  readonly #programs: Programs;
  readonly #classes = new Map<string, string>();
  readonly #frames = new Map<string, FrameFacts>();
  readonly #meetings = new Map<string, MeetingFacts>();
  #position: number;

  /** Begins at a state, or at the first entry. `programs` must hold the sources of all entries. */
  constructor(programs: Programs, state?: Pick<State, "position" | "agents" | "frames" | "meetings">) {
    this.#programs = programs;
    this.#position = state?.position ?? 0;
    for (const { id, klass } of Object.values(state?.agents ?? {})) this.#classes.set(id, klass);
    for (const { id, topic, owner, attendees } of Object.values(state?.meetings ?? {})) {
      const names = attendees.filter(({ status }) => status === "joined").map(({ name }) => name);
      this.#meetings.set(id, { topic, owner, names });
    }
    for (const frame of Object.values(state?.frames ?? {})) {
      const { id, agent, playbook, turn, source, nextSource, endedTurn } = frame;
      const depth = depthOf(state!, frame);
      const isInTurn = frame.running?.kind === "turn";
      const next = nextSource === undefined ? {} : { nextSource };
      const ended = endedTurn ? { endedTurn: endedTurn.turn } : {};
      this.#frames.set(id, { agent, playbook, depth, turn, ...ended, source, isInTurn, ...next });
    }
  }

  /** Position of the newest entry taken. */
  get position(): number {
    return this.#position;
  }

  /** The call on the stack with this id, after the entries taken. */
  frame(id: string): CallOnStack | undefined {
    return this.#frames.get(id);
  }

  /** The class of an agent; empty for a person and for a meeting. */
  classOf(agent: string): string {
    return this.#classes.get(agent) ?? "";
  }

  /** The events of the next entry. */
  take(entry: Entry): readonly SessionEvent[] {
    const position = ++this.#position;
    return this.#factsOf(entry).map((fact) => ({ ...fact, position }));
  }

  #factsOf(entry: Entry): readonly EventFact[] {
    switch (entry.type) {
      case "session":
        return [];
      case "run":
        this.#move(entry);
        return [{ type: "run", token: entry.token, model: entry.model, atMs: entry.at }];
      case "agent":
        return [this.#born(entry.agent, { atStart: true })];
      case "thread":
        if (entry.frame.meeting !== undefined) {
          this.#meetings.get(entry.frame.meeting)?.names.push(entry.frame.agent);
        }
        return [...this.#fired(entry.frame.agent, entry.fires), this.#called(entry.frame, 0)];
      case "request":
        this.#change(entry.frame, { endedTurn: undefined });
        return [{ type: "turn", ...this.#placeOf(entry.frame), turn: this.#turnOf(entry.frame) }];
      case "accepted":
        return [];
      case "turn":
        return [this.#completed(entry)];
      case "lost":
        return [];
      case "patch":
        return this.#notes(entry);
      case "effect":
        return [...this.#notes(entry), ...this.#done(entry)];
      case "start":
        return [...this.#notes(entry), ...this.#waits(entry)];
      case "call": {
        const depth = (this.#frames.get(entry.frame)?.depth ?? 0) + 1;
        return [
          ...this.#notes(entry),
          ...(entry.created ? [this.#born(entry.created)] : []),
          ...this.#firedIn(entry),
          ...this.#invited(entry),
          this.#called(entry.callee, depth),
        ];
      }
      case "trigger":
        return [];
      case "end-turn":
        return [...this.#notes(entry), ...this.#firedIn(entry), ...this.#turnEnded(entry)];
      case "return":
        return [...this.#notes(entry), ...this.#firedIn(entry), this.#returned(entry)];
      case "message":
        return [this.#heard(entry)];
      case "release":
        return [this.#said(wordsReleased(entry))];
      case "meeting":
        return this.#opened(entry);
      case "redo":
      case "edit":
      case "task":
        return [];
      case "tools": {
        const { server, list } = entry;
        return [{ type: "tools", server, tools: list.tools.map(({ name }) => name) }];
      }
      case "tool-ask":
      case "tool-reply": {
        const { agent, person, text } = entry;
        return text === undefined
          ? []
          : [{ type: "say", agent, klass: this.classOf(agent), to: person, text }];
      }
      case "end": {
        const { status, reason } = entry;
        return [{ type: "program-end", status, ...(reason === undefined ? {} : { reason }) }];
      }
    }
  }

  #born(
    agent: { readonly id: string; readonly klass: string },
    more: { readonly atStart?: true } = {},
  ): EventFact {
    this.#classes.set(agent.id, agent.klass);
    return { type: "agent", agent: agent.id, klass: agent.klass, ...more };
  }

  #called(frame: NewFrame, depth: number): EventFact {
    const { id, agent, playbook, source, resolves } = frame;
    this.#frames.set(id, { agent, playbook, depth, turn: resolves ? 0 : 1, source, isInTurn: false });
    return { type: "call", ...this.#placeOf(id), depth };
  }

  #fired(agent: string, firing: EntryOf<"thread">["fires"]): readonly EventFact[] {
    if (!firing) return [];
    return [{ type: "trigger", agent, text: `${firing.playbook}: ${firing.trigger}` }];
  }

  #firedIn({ frame, fires }: EntryOf<"call" | "end-turn" | "return">): readonly EventFact[] {
    return this.#fired(this.#placeOf(frame).agent, fires);
  }

  #invited({ meeting, callee }: EntryOf<"call">): readonly EventFact[] {
    if (!meeting) return [];
    const names = meeting.attendees.filter(({ isPerson }) => isPerson).map(({ name }) => name);
    this.#meetings.set(meeting.id, { topic: meeting.topic, owner: callee.agent, names });
    return (meeting.created ?? []).map((agent) => this.#born(agent));
  }

  #opened({ meeting, refused }: EntryOf<"meeting">): readonly EventFact[] {
    const facts = this.#meetings.get(meeting);
    if (refused || !facts) return [];
    const { topic, owner: agent, names } = facts;
    const participants = names.map((name) => {
      const klass = this.classOf(name);
      return klass === "" ? name : `${klass}(${name})`;
    });
    return [{ type: "meeting", meeting, topic, agent, klass: this.classOf(agent), participants }];
  }

  #completed({ frame, usage }: EntryOf<"turn">): EventFact {
    const { inputTokens, outputTokens, costUsd } = usage;
    this.#change(frame, { isInTurn: true, endedTurn: undefined });
    return {
      type: "completion",
      ...this.#placeOf(frame),
      turn: this.#turnOf(frame),
      inputTokens,
      outputTokens,
      ...(costUsd === undefined ? {} : { costUsd }),
    };
  }

  #done({ did }: EntryOf<"effect">): readonly EventFact[] {
    switch (did?.kind) {
      case "said":
        // Words that are kept are events of their `release`.
        return did.held ? [] : [this.#said({ by: did.by, to: did.to, text: did.text })];
      case "sent": {
        const { from, fromKlass, to, text } = did.message;
        if (did.hearers) {
          return [{ type: "say", agent: from, klass: fromKlass, to, hearers: did.hearers, text }];
        }
        const born = did.created ? [this.#born(did.created)] : [];
        return [...born, { type: "message", from, fromKlass, to, toKlass: this.classOf(to), text }];
      }
      case "created":
        return [this.#born(did.agent)];
      case "invited":
        return (did.created ?? []).map((agent) => this.#born(agent));
      default:
        return [];
    }
  }

  #said({ by, ...said }: WordsShown): EventFact {
    return { type: "say", agent: by, klass: this.classOf(by), ...said };
  }

  #waits({ frame, wait }: EntryOf<"start">): readonly EventFact[] {
    const { agent, klass } = this.#placeOf(frame);
    if (wait.kind === "sleep") return [{ type: "sleep", agent, klass, untilMs: wait.until }];
    return wait.kind === "messages" ? [{ type: "wait", agent, klass, for: wait.sources }] : [];
  }

  #turnEnded({ frame, error }: EntryOf<"end-turn">): readonly EventFact[] {
    const place = this.#placeOf(frame);
    const facts = this.#frames.get(frame);
    if (facts) {
      const source = facts.nextSource ?? facts.source;
      this.#change(frame, { turn: facts.turn + 1, endedTurn: facts.turn, source, isInTurn: false });
    }
    return error ? [{ type: "repair", ...place, error: `${error.name}: ${error.message}` }] : [];
  }

  #returned({ frame, outcome }: EntryOf<"return">): EventFact {
    const place = this.#placeOf(frame);
    const isCalled = this.#frames.get(frame)?.depth !== 0;
    this.#frames.delete(frame);
    const error = isCalled || outcome.ok ? {} : { error: outcome.error.message };
    return { type: "return", ...place, ok: outcome.ok, ...error };
  }

  #heard({ message, key }: EntryOf<"message">): EventFact {
    const { from, to, text } = message;
    const klass = this.classOf(to);
    return {
      type: "heard",
      agent: to,
      klass,
      from,
      text,
      ...(key === undefined ? {} : { key: postedKey(key) }),
    };
  }

  #notes(
    { frame, out }: EntryOf<"patch" | "effect" | "start" | "call" | "end-turn" | "return">,
  ): readonly EventFact[] {
    if (!out?.notes) return [];
    const { agent, klass, playbook } = this.#placeOf(frame);
    return out.notes.map((note): EventFact => {
      if (note.kind === "trigger") return { type: "trigger", agent, text: note.text };
      if (note.kind === "log") return { type: "log", agent, klass, text: note.text };
      const step = note.text.slice(note.text.indexOf(":") + 1);
      const text = this.#stepText(frame, step);
      return { type: "step", agent, klass, playbook, step, ...(text === undefined ? {} : { text }) };
    });
  }

  #stepText(frame: string, number: string): string | undefined {
    const facts = this.#frames.get(frame);
    if (!facts) return undefined;
    const { agent, playbook, source } = facts;
    return stepAt(this.#programs, { source, klass: this.classOf(agent), playbook, number })?.text;
  }

  /** Moves frames to another source. A running turn of a model moves when it ends. */
  #move({ moves = [] }: EntryOf<"run">): void {
    for (const { frame, source } of moves) {
      this.#change(frame, this.#frames.get(frame)?.isInTurn ? { nextSource: source } : { source });
    }
  }

  #change(frame: string, change: Partial<FrameFacts>): void {
    const facts = this.#frames.get(frame);
    if (facts) this.#frames.set(frame, { ...facts, ...change });
  }

  #placeOf(frame: string): { readonly agent: string; readonly klass: string; readonly playbook: string } {
    const { agent = "", playbook = "" } = this.#frames.get(frame) ?? {};
    return { agent, klass: this.classOf(agent), playbook };
  }

  #turnOf(frame: string): number {
    return this.#frames.get(frame)?.turn ?? 0;
  }
}
