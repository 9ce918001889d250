import { ambientQuestion, endsProgram } from "./ambient.ts";
import type { SessionContext } from "./context.ts";
import type { PersonAnswer, Post, Question, Reply } from "./event.ts";
import { meetingIdIn, meetingName, participatingAgents } from "./fold/meetings.ts";
import { addressedPersons, personsAsked, questionsTo, waitOf } from "./inbox.ts";
import type { Programs } from "./programs.ts";
import { canReceive } from "./receivers.ts";
import { silenceNotice } from "./wait_results.ts";

/** A question that persons can see. `abort` closes it. */
interface ShownQuestion extends Question {
  readonly abort: AbortController;
}

/**
 * Asks persons for the answers that agents wait for. While agents are silent in a meeting, it asks a person there for
 * words.
 */
export class Persons {
  readonly #context: SessionContext;
  readonly #programs: Programs;
  /** Answers that came with the command. */
  readonly #replies: Reply[];
  /** Open questions. The key has the id of the question and the persons who are asked. */
  readonly #shown = new Map<string, ShownQuestion>();
  #inputEnded = false;

  constructor(context: SessionContext, programs: Programs, replies: readonly Reply[]) {
    this.#context = context;
    this.#programs = programs;
    this.#replies = [...replies];
  }

  /** Closes all open questions. */
  stopAsking(): void {
    for (const { abort } of this.#shown.values()) abort.abort();
    this.#shown.clear();
  }

  #questions(): readonly Question[] {
    const { state, definitions } = this.#context;
    const ambient = ambientQuestion(state, this.#programs);
    return [...questionsTo(state, definitions.persons()), ...(ambient ? [ambient] : [])];
  }

  /**
   * Gives the answers that came with the command to the open questions, oldest first. A resume does this before it fires
   * timers. Otherwise such an answer would lose to a timeout that passed while no process ran the session.
   */
  giveReplies(): void {
    for (const reply of [...this.#replies]) {
      const question = this.#questions().find((each) => fits(reply, each));
      if (!question) continue;
      this.#replies.splice(this.#replies.indexOf(reply), 1);
      this.#receive(question, answerOf(reply));
    }
  }

  /** Whether answers that came with the command are left. */
  get hasReplies(): boolean {
    return this.#replies.length > 0;
  }

  /** Names of the persons that agents wait for, also in meetings that addressed them. */
  waitedFor(): readonly string[] {
    return [...new Set(this.#questions().flatMap((question) => this.#waitsFor(question)))];
  }

  /** The persons whom a question waits for. In a meeting these are only those whom an agent addressed. */
  #waitsFor(question: Question): readonly string[] {
    if (question.meeting === undefined) return personsAsked(question);
    return addressedPersons(this.#context.state.meetings![question.meeting]!);
  }

  /**
   * Asks the open questions, and closes those whose wait has ended. `isQuiet`: nothing else can happen, so it is the
   * persons' turn in meetings.
   */
  ask({ isQuiet }: { readonly isQuiet: boolean }): void {
    if (this.#inputEnded) return;
    const questions = new Map<string, Question>();
    for (const question of this.#questions()) {
      const key = keyOf(question);
      if (question.meeting === undefined || isQuiet || this.#shown.has(key)) questions.set(key, question);
    }
    for (const [key, { abort }] of this.#shown) {
      if (questions.delete(key)) continue;
      abort.abort();
      this.#shown.delete(key);
    }
    for (const [key, question] of questions) this.#askFor(key, question);
  }

  /** Whether persons can be asked: the input has not ended. */
  get canAsk(): boolean {
    return !this.#inputEnded;
  }

  #askFor(key: string, question: Question): void {
    const { ui, schedule } = this.#context;
    const abort = new AbortController();
    const { signal } = abort;
    this.#shown.set(key, { ...question, abort });
    const index = this.#replies.findIndex((each) => fits(each, question));
    const [reply] = index < 0 ? [] : this.#replies.splice(index, 1);
    const answer = reply === undefined ? ui.ask(question, { signal }) : Promise.resolve(answerOf(reply));
    answer.then((given) => {
      schedule.post(() => {
        if (signal.aborted) return;
        this.#shown.delete(key);
        if (given !== undefined) return this.#receive(question, given);
        this.#inputEnded = true;
        this.stopAsking();
      });
    }, (error) => {
      schedule.post(() => {
        if (signal.aborted) return;
        const message = error instanceof Error ? error.message : String(error);
        schedule.stop({ kind: "input", message });
      });
    });
  }

  /**
   * Puts the answer of a person into the inbox of the agent that waits for it, or into the meeting. An empty answer in a
   * meeting says nothing: the agent gets a notice of the silence.
   */
  #receive(question: Question, answer: PersonAnswer): void {
    const { person, agent, meeting, isAmbient } = question;
    if (isAmbient && endsProgram(answer.text)) return this.#context.writer.recordEnd("completed");
    const from = answer.from ?? person;
    if (meeting === undefined) return this.receive({ ...answer, from, to: agent });
    if (answer.text.trim() !== "") return this.receive({ ...answer, from, to: meetingName(meeting) });
    const { state, clock, writer } = this.#context;
    const waiting = waitOf(state, question);
    if (!waiting) return;
    const value = silenceNotice(state, waiting.open, clock.now());
    writer.recordResult(waiting.frame, waiting.ordinal, { ok: true, value });
  }

  /** Puts words of a person into the inbox of an agent, or of all participants of a meeting. */
  receive({ from, to, text, key }: Post): void {
    const { schedule, state, clock, writer } = this.#context;
    if (schedule.stopped || state.end) return;
    const at = clock.now();
    const fromKlass = from === "user" ? "User" : from;
    const id = meetingIdIn(to);
    const meeting = id === undefined ? undefined : state.meetings?.[id];
    if (!canReceive(state, to, from)) return;
    const message = {
      id: `m${state.next.message}`,
      ...{ from, fromKlass, to, text, at },
      ...(id === undefined ? {} : { meeting: id }),
    };
    const receivers = meeting ? participatingAgents(meeting) : [to];
    const commands = receivers.map((agent) => ({ kind: "check-agent" as const, agent }));
    writer.record({ type: "message", at, message, ...(key === undefined ? {} : { key }) }, commands);
  }

  /** Whether agents wait for persons and no person can be asked. */
  get isSuspended(): boolean {
    return this.#inputEnded && this.waitedFor().length > 0;
  }

  /** Whether the program only waits for a person's next words. */
  get isAmbient(): boolean {
    return ambientQuestion(this.#context.state, this.#programs) !== undefined;
  }

  /** Ends an ambient program at the end of the input. Returns whether it did. */
  endAmbient(): boolean {
    const { ui, writer } = this.#context;
    if (!this.#inputEnded || ui.canAsk === false || !this.isAmbient) return false;
    writer.recordEnd("completed");
    return true;
  }
}

/** Whether a reply answers a question. */
function fits({ person }: Reply, question: Question): boolean {
  return person === undefined || personsAsked(question).includes(person);
}

function answerOf({ text, person }: Reply): PersonAnswer {
  return { text, ...(person === undefined ? {} : { from: person }) };
}

/** The same wait becomes another question when other persons are asked. */
function keyOf(question: Question): string {
  return [question.id, ...personsAsked(question)].join(" ");
}
