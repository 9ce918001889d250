import { exitCodes, PlaybooksError } from "../errors.ts";
import type { Core } from "./core.ts";
import {
  batchDue,
  deadEndNotice,
  messagesValue,
  silenceNotice,
  type Waiting,
  waitsOf,
} from "./builtins/inbox.ts";
import { newFrame } from "./builtins/perform.ts";
import { processMessages } from "../prompt/process_messages.ts";
import type { Message, Wait } from "./fold/entry.ts";
import { framesOf } from "./fold/state.ts";

/** Brings messages to those who wait for them, fires timers, and breaks a standstill. */
export class Mailbox {
  readonly #core: Core;
  /** No open wait is due before this, ms since 1970; unknown until somebody asks. */
  #nextTimer: number | undefined;

  constructor(core: Core) {
    this.#core = core;
  }

  /** Gives waits what has arrived for them, and starts threads for messages that nobody waits for. */
  deliverMail(): void {
    if (this.#core.changedAgents.size === 0) return;
    const now = this.#core.now();
    for (const id of this.#core.changedAgents) {
      const agent = this.#core.state.agents[id];
      if (!agent || agent.inbox.length === 0) {
        this.#core.changedAgents.delete(id);
        continue;
      }
      let waitsForBatch = false;
      for (const waiting of waitsOf(this.#core.state, agent)) {
        const messages = waiting.messages.filter((message) => agent.inbox.includes(message));
        if (messages.length === 0) continue;
        if (batchDue(this.#core.state, messages) <= now) this.#give({ ...waiting, messages });
        else waitsForBatch = true;
      }
      if (agent.inbox.length > 0 && agent.begins.length === 0 && this.#isFreeForMail(id)) {
        if (batchDue(this.#core.state, agent.inbox) <= now) this.#processMessages(id);
        else waitsForBatch = true;
      }
      if (!waitsForBatch && agent.begins.length === 0) this.#core.changedAgents.delete(id);
    }
  }

  #give(waiting: Waiting): void {
    const { frame, ordinal, open, messages } = waiting;
    this.#core.recordResult(frame, ordinal, { ok: true, value: messagesValue(open.as, messages) }, {
      did: { kind: "took", messages: messages.map((message) => message.id) },
    });
  }

  #processMessages(id: string): void {
    const agent = this.#core.state.agents[id]!;
    const messages = agent.inbox.map((message) => ({
      from: message.from,
      klass: message.fromKlass,
      text: message.text,
      waits: this.#waitsFor(message.from, id, agent.klass),
    }));
    const takes = agent.inbox.map((message) => message.id);
    const frame = newFrame(
      this.#core.state,
      id,
      processMessages,
      { args: { messages } },
      this.#core.definitionsOf(id)[0]?.source ?? this.#core.state.source,
    );
    this.#core.record(
      { type: "thread", at: this.#core.now(), kind: "messages", frame, takes },
      () => this.#core.threads.begin(frame.id),
    );
    this.#core.threads.makeReady(frame.id);
  }

  /** Whether a thread of an agent can begin for its messages: it stands idle, is no person, and some source has its class. */
  #isFreeForMail(id: string): boolean {
    return framesOf(this.#core.state, id).length === 0 && this.#processesMail(id);
  }

  #processesMail(id: string): boolean {
    const klass = this.#core.classOf(id);
    return klass !== undefined && klass.type !== "Human";
  }

  /** Whether `from` waits for an answer of an agent; persons always do. */
  #waitsFor(from: string, id: string, klass: string): boolean {
    const sender = this.#core.state.agents[from];
    if (!sender) return true;
    return waitsOf(this.#core.state, sender).some(({ open }) =>
      open.sources.some((source) => source === id || source === klass || source === "*")
    );
  }

  fireTimers(): void {
    if (this.nextTimer() === Infinity) return;
    const now = this.#core.now();
    if (now < this.nextTimer()) return;
    this.#nextTimer = undefined;
    for (const frame of Object.values(this.#core.state.frames)) {
      for (const [key, open] of Object.entries(frame.running?.open ?? {})) {
        if (open.kind === "sleep" && open.until <= now) {
          this.#core.recordResult(frame, Number(key), { ok: true, value: { $type: "undefined" } });
        } else if (open.kind === "messages" && (open.deadline ?? Infinity) <= now) {
          // What has arrived is given, though more might come: a notice of silence would not be true.
          const arrived = waitsOf(this.#core.state, this.#core.state.agents[frame.agent]!)
            .find((waiting) =>
              waiting.frame === frame && waiting.ordinal === Number(key) && waiting.messages.length > 0
            );
          if (arrived) {
            this.#give(arrived);
            continue;
          }
          this.#core.recordResult(frame, Number(key), {
            ok: true,
            value: silenceNotice(this.#core.state, open, now),
          });
        }
      }
    }
  }

  /** When the next sleep or timeout is due, or one that has ended would have been; `Infinity` when none is open. */
  nextTimer(): number {
    return this.#nextTimer ??= this.#firstTimer();
  }

  /** To be called when a wait begins. */
  waitBegins(wait: Wait): void {
    if (this.#nextTimer !== undefined) this.#nextTimer = Math.min(this.#nextTimer, dueAt(wait));
  }

  #firstTimer(): number {
    let next = Infinity;
    for (const { running } of Object.values(this.#core.state.frames)) {
      for (const open of Object.values(running?.open ?? {})) {
        if (open.kind !== "call") next = Math.min(next, dueAt(open));
      }
    }
    return next;
  }

  /**
   * Finds something to do when nothing is under way: a batch that nobody can add to any more, messages that reached an
   * agent which waits for others, the oldest wait that nobody can answer, or the end. True exactly when it has made an
   * entry; else only persons or timers can go on.
   */
  unblock(): boolean {
    const { position } = this.#core.state;
    this.#breakStandstill();
    return this.#core.state.position > position;
  }

  #breakStandstill(): void {
    const agents = Object.values(this.#core.state.agents);
    // Whoever a timer wakes before a batch is due may add to it.
    const firstTimer = this.#firstTimer();
    const isWhole = (messages: readonly Message[]) =>
      messages.length > 0 && batchDue(this.#core.state, messages) <= firstTimer;
    const waits = agents.flatMap((agent) => waitsOf(this.#core.state, agent));
    const answered = waits.find(({ messages }) => isWhole(messages));
    if (answered) return this.#give(answered);
    const withMail = agents.filter(({ id, inbox }) => inbox.length > 0 && this.#processesMail(id));
    const free = withMail.find(({ id, inbox }) => isWhole(inbox) && this.#isFreeForMail(id));
    if (free) return this.#processMessages(free.id);
    const persons = new Set(this.#core.persons());
    const forPerson = waits.some(({ open }) =>
      open.sources.some((source) => persons.has(source) || source === "*")
    );
    if (forPerson || firstTimer < Infinity) return;
    if (withMail[0] && waits.length > 0) return this.#processMessages(withMail[0].id);
    const oldest = waits.sort((a, b) => a.open.position - b.open.position)[0];
    if (oldest) {
      this.#core.recordResult(oldest.frame, oldest.ordinal, {
        ok: true,
        value: deadEndNotice(this.#core.state, oldest.open),
      });
      return;
    }
    const stuck = Object.values(this.#core.state.frames)[0];
    if (!stuck) return this.#core.end("completed");
    throw new PlaybooksError(
      `Frame ${stuck.id} (${stuck.playbook}) can neither run nor wait; this is a fault of playbooks itself`,
      { exitCode: exitCodes.failed },
    );
  }

  /** When the next batch of messages is due. */
  nextBatch(): number {
    let next = Infinity;
    for (const id of this.#core.changedAgents) {
      const agent = this.#core.state.agents[id];
      if (!agent || agent.inbox.length === 0) continue;
      for (const { messages } of waitsOf(this.#core.state, agent)) {
        if (messages.length > 0) next = Math.min(next, batchDue(this.#core.state, messages));
      }
      if (agent.begins.length === 0 && this.#isFreeForMail(id)) {
        next = Math.min(next, batchDue(this.#core.state, agent.inbox));
      }
    }
    return next;
  }
}

/** When a wait ends by itself, ms since 1970; `Infinity` when it does not. */
function dueAt(wait: Wait): number {
  switch (wait.kind) {
    case "sleep":
      return wait.until;
    case "messages":
      return wait.deadline ?? Infinity;
    case "outside":
      return Infinity;
  }
}
