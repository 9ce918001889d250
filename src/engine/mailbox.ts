import { exitCodes, PlaybooksError } from "../errors.ts";
import { addressedPersons, batchDue, meetingWithPersons, type Waiting, waitsOf } from "./inbox.ts";
import { deadEndNotice, endedWait, isShort, messagesValue, silenceNotice } from "./wait_results.ts";
import { newFrame } from "./builtins/frames.ts";
import type { SessionContext } from "./context.ts";
import { processMessages } from "../prompt/process_messages.ts";
import type { Message } from "./fold/entry.ts";
import { type Agent, type Frame, framesOf, type State } from "./fold/state.ts";
import type { Meetings } from "./meetings.ts";
import type { Timers } from "./timers.ts";
import { isToolServer } from "./tool_playbooks.ts";

/** The facts about a program that decide about a deadlock. */
interface ProgramFacts {
  readonly isAmbient: boolean;
  /** Whether persons can be asked. */
  readonly canAsk: boolean;
}

/** Delivers messages to waits, ends waits that are due, and resolves deadlocks. */
export class Mailbox {
  readonly #context: SessionContext;
  readonly #state: State;
  readonly #timers: Timers;
  readonly #meetings: Meetings;

  constructor(context: SessionContext, timers: Timers, meetings: Meetings) {
    this.#meetings = meetings;
    this.#context = context;
    this.#state = context.state;
    this.#timers = timers;
  }

  /** Delivers arrived messages to their waits, and begins threads for messages without a wait. */
  deliverMail(): void {
    const { schedule, clock } = this.#context;
    if (schedule.changedAgents.size === 0) return;
    const now = clock.now();
    for (const id of schedule.changedAgents) {
      const agent = this.#state.agents[id];
      if (!agent || agent.inbox.length === 0) {
        schedule.clearChanged(id);
        continue;
      }
      let waitsForBatch = false;
      for (const waiting of waitsOf(this.#state, agent)) {
        const messages = waiting.messages.filter((message) => agent.inbox.includes(message));
        if (messages.length === 0) continue;
        if (batchDue(this.#state, messages) <= now) this.#give({ ...waiting, messages });
        else waitsForBatch = true;
      }
      const mail = mailOf(agent);
      if (mail.length > 0 && agent.begins.length === 0 && this.#isFreeForMail(id)) {
        if (batchDue(this.#state, mail) <= now) this.#processMessages(id);
        else waitsForBatch = true;
      }
      if (!waitsForBatch && agent.begins.length === 0) schedule.clearChanged(id);
    }
  }

  #give(waiting: Waiting): void {
    const { frame, ordinal, messages } = waiting;
    const persons = this.#context.definitions.persons();
    const value = messagesValue(this.#state, endedWait(waiting, messages, persons));
    this.#context.writer.recordResult(frame, ordinal, { ok: true, value }, {
      did: { kind: "took", messages: messages.map((message) => message.id) },
    });
  }

  /** Begins a thread that processes all messages of an agent's inbox, without those of meetings. */
  #processMessages(id: string): void {
    const { writer, schedule, clock } = this.#context;
    const agent = this.#state.agents[id]!;
    const mail = mailOf(agent);
    const messages = mail.map((message) => ({
      from: message.from,
      klass: message.fromKlass,
      text: message.text,
      // Only the last words of a sender are followed by its wait.
      waits: message === mail.findLast(({ from }) => from === message.from) &&
        this.#waitsFor(message.from, id, agent.klass),
    }));
    const takes = mail.map((message) => message.id);
    const frame = newFrame(
      this.#state,
      id,
      processMessages,
      { args: { messages } },
      this.#context.definitions.classesOf(id)[0]?.source ?? this.#state.source,
    );
    writer.record({ type: "thread", at: clock.now(), kind: "messages", frame, takes }, [
      { kind: "begin-frame", frame: frame.id },
    ]);
    schedule.markReady(frame.id);
  }

  /** Whether an agent can begin a thread for its messages: it is idle, not a person, and some source has its class. */
  #isFreeForMail(id: string): boolean {
    return framesOf(this.#state, id).length === 0 && this.#processesMail(id);
  }

  #processesMail(id: string): boolean {
    const newest = this.#context.definitions.classesOf(id)[0];
    return newest !== undefined && newest.agentClass.type !== "Human" && !isToolServer(newest.agentClass);
  }

  /** Whether `from` waits for an answer of an agent; a person always does. */
  #waitsFor(from: string, id: string, klass: string): boolean {
    const sender = this.#state.agents[from];
    if (!sender) return true;
    return waitsOf(this.#state, sender).some(({ open }) =>
      open.sources.some((source) => source === id || source === klass || source === "*")
    );
  }

  /** Ends the sleeps and the waits for messages that are due. */
  fireTimers(): void {
    const { clock, writer } = this.#context;
    if (this.#timers.lowerBoundMs() === Infinity) return;
    const now = clock.now();
    if (now < this.#timers.lowerBoundMs()) return;
    this.#timers.fired();
    for (const frame of Object.values(this.#state.frames)) {
      for (const [key, open] of Object.entries(frame.running?.open ?? {})) {
        // A loop of silent waits ends the program. Then no frame is left that could get a result.
        if (this.#state.end) return;
        if (open.kind === "sleep" && open.until <= now) {
          writer.recordResult(frame, Number(key), { ok: true, value: { $type: "undefined" } });
        } else if (open.kind === "messages" && (open.deadline ?? Infinity) <= now) {
          this.#timeOut(frame, Number(key), open, now);
        }
      }
    }
  }

  /** Ends a wait at its timeout: with the messages that have arrived, even if more might come, or with a notice. */
  #timeOut(frame: Frame, ordinal: number, open: Waiting["open"], nowMs: number): void {
    const arrived = waitsOf(this.#state, this.#state.agents[frame.agent]!)
      .find((waiting) =>
        waiting.frame === frame && waiting.ordinal === ordinal && waiting.messages.length > 0
      );
    if (arrived) return this.#give(arrived);
    const { writer } = this.#context;
    const outcome = { ok: true, value: silenceNotice(this.#state, open, nowMs) } as const;
    if (isShort(open, nowMs)) writer.recordSilence(frame, ordinal, outcome);
    else writer.recordResult(frame, ordinal, outcome);
  }

  /**
   * Resolves a deadlock: no work is in flight. It does the first of these that is possible:
   *
   * 1. Deliver a batch that cannot grow.
   * 2. Process the messages of an agent that waits for others.
   * 3. End the oldest wait, with a notice that no answer can come.
   * 4. End the program, unless it is ambient.
   *
   * Returns whether it recorded an entry. If not, only persons or timers can continue the session.
   */
  resolveDeadlock(program: ProgramFacts): boolean {
    const { position } = this.#state;
    this.#recordResolution(program);
    return this.#state.position > position;
  }

  #recordResolution(program: ProgramFacts): void {
    const { writer, definitions } = this.#context;
    const agents = Object.values(this.#state.agents);
    // A timer may wake an agent before a batch is due, and that agent may add to the batch.
    const firstTimer = Math.min(this.#timers.firstMs(), this.#meetings.nextMs());
    const isWhole = (messages: readonly Message[]) =>
      messages.length > 0 && batchDue(this.#state, messages) <= firstTimer;
    const waits = agents.flatMap((agent) => waitsOf(this.#state, agent));
    const answered = waits.find(({ messages }) => isWhole(messages) && messages.some(({ news }) => !news));
    if (answered) return this.#give(answered);
    const withMail = agents.filter((agent) => mailOf(agent).length > 0 && this.#processesMail(agent.id));
    const free = withMail.find((agent) => isWhole(mailOf(agent)) && this.#isFreeForMail(agent.id));
    if (free) return this.#processMessages(free.id);
    // Only news of a meeting: they end a wait when no words can.
    const told = waits.find(({ messages }) => isWhole(messages));
    if (told) return this.#give(told);
    const persons = new Set(definitions.persons());
    // A person in a meeting may stay silent. The session waits for one who can be asked, or whom an agent addressed.
    const forPerson = waits.some(({ open }) => {
      if (open.sources.some((source) => persons.has(source) || source === "*")) return true;
      const meeting = meetingWithPersons(this.#state, { open });
      return meeting !== undefined && (program.canAsk || addressedPersons(meeting).length > 0);
    });
    if (forPerson || firstTimer < Infinity) return;
    if (withMail[0] && waits.length > 0) return this.#processMessages(withMail[0].id);
    const oldest = waits.sort((a, b) => a.open.position - b.open.position)[0];
    if (oldest) {
      const value = deadEndNotice(this.#state, oldest.open);
      return writer.recordSilence(oldest.frame, oldest.ordinal, { ok: true, value });
    }
    const stuck = Object.values(this.#state.frames)[0];
    if (!stuck) return program.isAmbient ? undefined : writer.recordEnd("completed");
    throw new PlaybooksError(
      `Frame ${stuck.id} (${stuck.playbook}) can neither run nor wait; this is a fault of playbooks itself`,
      { exitCode: exitCodes.failed },
    );
  }

  /** When the next batch of messages is due, ms since 1970; `Infinity` if there is none. */
  nextBatchMs(): number {
    let next = Infinity;
    for (const id of this.#context.schedule.changedAgents) {
      const agent = this.#state.agents[id];
      if (!agent || agent.inbox.length === 0) continue;
      for (const { messages } of waitsOf(this.#state, agent)) {
        if (messages.length > 0) next = Math.min(next, batchDue(this.#state, messages));
      }
      if (agent.begins.length === 0 && this.#isFreeForMail(id)) {
        next = Math.min(next, batchDue(this.#state, mailOf(agent)));
      }
    }
    return next;
  }
}

/** The messages to an agent alone. Those of a meeting are only for its waits. */
function mailOf({ inbox }: Agent): readonly Message[] {
  return inbox.filter(({ meeting }) => meeting === undefined);
}
