import type { Core } from "./core.ts";
import { personWaits, type Waiting } from "./builtins/inbox.ts";

/** Asks persons what agents wait for, one question at a time, oldest wait first. */
export class Persons {
  readonly #core: Core;
  /** Answers given beforehand. */
  readonly #replies: string[];
  #asking: { readonly key: string; readonly abort: AbortController } | undefined;
  #inputEnded = false;

  constructor(core: Core, replies: readonly string[]) {
    this.#core = core;
    this.#replies = [...replies];
  }

  /** Takes back the question that is open. */
  stopAsking(): void {
    this.#asking?.abort.abort();
    this.#asking = undefined;
  }

  #personWaits(): Waiting[] {
    return personWaits(this.#core.state, this.#core.persons());
  }

  /**
   * Gives the answers that came with the command to the waits that are open, oldest first. A resume does this before its
   * timers: an answer that is here must not lose to a timeout that passed while nobody ran the session.
   */
  giveReplies(): void {
    for (let waiting = this.#personWaits()[0]; waiting; waiting = this.#personWaits()[0]) {
      const reply = this.#replies.shift();
      if (reply === undefined) return;
      this.#receive(waiting, reply);
    }
  }

  /** Whether an answer that came with the command is left. */
  get hasReplies(): boolean {
    return this.#replies.length > 0;
  }

  waitedFor(): readonly string[] {
    const persons = new Set(this.#core.persons());
    const names = this.#personWaits().flatMap(({ open }) =>
      open.sources.includes("*") ? this.#core.persons() : open.sources.filter((source) => persons.has(source))
    );
    return [...new Set(names)];
  }

  /** Asks a person for the oldest wait, one question at a time. */
  ask(): void {
    const waiting = this.#personWaits()[0];
    const key = waiting && `${waiting.frame.id}/${waiting.ordinal}/${waiting.open.position}`;
    if (this.#asking && this.#asking.key !== key) {
      this.#asking.abort.abort();
      this.#asking = undefined;
    }
    if (!waiting || !key || this.#asking || this.#inputEnded) return;
    const person = this.#personOf(waiting);
    const to = waiting.frame.agent;
    const klass = this.#core.klassOf(to);
    const reply = this.#replies.shift();
    const abort = new AbortController();
    this.#asking = { key, abort };
    const answer = reply === undefined
      ? this.#core.ui.ask({ agent: to, klass, person }, { signal: abort.signal })
      : Promise.resolve(reply);
    answer.then((text) => {
      this.#core.happen(() => {
        if (abort.signal.aborted) return;
        this.#asking = undefined;
        if (text === undefined) {
          this.#inputEnded = true;
          return;
        }
        this.#receive(waiting, text);
      });
    }, (error) => {
      this.#core.happen(() => {
        if (abort.signal.aborted) return;
        this.#core.stop ??= {
          kind: "input",
          message: error instanceof Error ? error.message : String(error),
        };
      });
    });
  }

  #personOf({ open }: Waiting): string {
    const persons = this.#core.persons();
    return open.sources.find((source) => persons.includes(source)) ?? persons[0]!;
  }

  /** Puts words of the person whom a wait is for into the inbox of its agent. */
  #receive(waiting: Waiting, text: string): void {
    const core = this.#core;
    const person = this.#personOf(waiting);
    const to = waiting.frame.agent;
    const at = core.now();
    const fromKlass = person === "user" ? "User" : person;
    const message = { id: `m${core.state.next.message}`, from: person, fromKlass, to, text, at };
    core.record({ type: "message", at, message }, () => core.changedAgents.add(to));
  }

  /** Nothing can go on but a person, and nobody can be asked. */
  suspended(): boolean {
    return this.#inputEnded && this.#core.flights.size === 0 && this.#core.happenings.length === 0 &&
      this.#core.mail.nextTimer() === Infinity && this.#personWaits().length > 0;
  }
}
