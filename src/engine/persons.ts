import { firstWaits, personWaits, questionOf, type Waiting } from "./inbox.ts";
import type { SessionContext } from "./context.ts";
import type { PersonAnswer, Post, Question } from "./event.ts";

/** A question that persons can see. `abort` closes it. */
interface ShownQuestion extends Question {
  readonly abort: AbortController;
}

/** Asks persons for the answers that agents wait for: one open question for each agent, oldest wait first. */
export class Persons {
  readonly #context: SessionContext;
  /** Answers that came with the command. */
  readonly #replies: string[];
  /** Open questions, by agent. */
  readonly #shown = new Map<string, ShownQuestion>();
  #inputEnded = false;

  constructor(context: SessionContext, replies: readonly string[]) {
    this.#context = context;
    this.#replies = [...replies];
  }

  /** Closes all open questions. */
  stopAsking(): void {
    for (const { abort } of this.#shown.values()) abort.abort();
    this.#shown.clear();
  }

  #personWaits(): Waiting[] {
    return personWaits(this.#context.state, this.#context.definitions.persons());
  }

  /**
   * Gives the answers that came with the command to the open waits, oldest first. A resume does this before it fires
   * timers. Otherwise such an answer would lose to a timeout that passed while no process ran the session.
   */
  giveReplies(): void {
    for (let waiting = this.#personWaits()[0]; waiting; waiting = this.#personWaits()[0]) {
      const reply = this.#replies.shift();
      if (reply === undefined) return;
      this.#receive(waiting, { text: reply });
    }
  }

  /** Whether answers that came with the command are left. */
  get hasReplies(): boolean {
    return this.#replies.length > 0;
  }

  /** Names of the persons that agents wait for. */
  waitedFor(): readonly string[] {
    const persons = new Set(this.#context.definitions.persons());
    const names = this.#personWaits().flatMap(({ open }) =>
      open.sources.includes("*")
        ? this.#context.definitions.persons()
        : open.sources.filter((source) => persons.has(source))
    );
    return [...new Set(names)];
  }

  /** Asks for the oldest wait of each agent, and closes the questions whose wait has ended. */
  ask(): void {
    if (this.#inputEnded) return;
    const waits = new Map(firstWaits(this.#personWaits()).map((each) => [this.#questionOf(each).id, each]));
    for (const [agent, { id, abort }] of this.#shown) {
      if (waits.delete(id)) continue;
      abort.abort();
      this.#shown.delete(agent);
    }
    for (const waiting of waits.values()) this.#askFor(waiting);
  }

  #askFor(waiting: Waiting): void {
    const { ui, schedule } = this.#context;
    const question = this.#questionOf(waiting);
    const { agent } = question;
    const abort = new AbortController();
    const { signal } = abort;
    this.#shown.set(agent, { ...question, abort });
    const reply = this.#replies.shift();
    const answer = reply === undefined
      ? ui.ask(question, { signal })
      : Promise.resolve<PersonAnswer>({ text: reply });
    answer.then((given) => {
      schedule.post(() => {
        if (signal.aborted) return;
        this.#shown.delete(agent);
        if (given !== undefined) return this.#receive(waiting, given);
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

  #questionOf(waiting: Waiting): Question {
    return questionOf(this.#context.state, waiting, this.#context.definitions.persons());
  }

  /** Puts the answer of a person into the inbox of the agent that waits for it. */
  #receive(waiting: Waiting, answer: PersonAnswer): void {
    const { person, agent } = this.#questionOf(waiting);
    this.receive({ ...answer, from: person, to: agent });
  }

  /** Puts words of a person into the inbox of an agent. */
  receive({ from, to, text, key }: Post): void {
    const { schedule, state, clock, writer } = this.#context;
    if (schedule.stopped || state.end) return;
    const at = clock.now();
    const fromKlass = from === "user" ? "User" : from;
    const message = { id: `m${state.next.message}`, from, fromKlass, to, text, at };
    writer.record({ type: "message", at, message, ...(key === undefined ? {} : { key }) }, [
      { kind: "check-agent", agent: to },
    ]);
  }

  /** Whether agents wait for persons and no person can be asked. */
  get isSuspended(): boolean {
    return this.#inputEnded && this.#personWaits().length > 0;
  }
}
