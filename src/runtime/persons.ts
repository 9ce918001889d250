import type { Core } from "./core.ts";
import { type Waiting, waitsOf } from "./inbox.ts";

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
    const persons = new Set(this.#core.persons());
    return Object.values(this.#core.state.agents)
      .flatMap((agent) => waitsOf(this.#core.state, agent))
      .filter(({ open, messages }) =>
        messages.length === 0 && open.sources.some((source) => persons.has(source) || source === "*")
      )
      .sort((a, b) => a.open.position - b.open.position);
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
    const persons = this.#core.persons();
    const person = waiting.open.sources.find((source) => persons.includes(source)) ?? persons[0]!;
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
        this.#core.record({
          type: "message",
          at: this.#core.now(),
          message: {
            id: `m${this.#core.state.next.message}`,
            from: person,
            fromKlass: person === "user" ? "User" : person,
            to,
            text,
            at: this.#core.now(),
          },
        }, () => this.#core.changedAgents.add(to));
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

  /** Nothing can go on but a person, and nobody can be asked. */
  suspended(): boolean {
    return this.#inputEnded && this.#core.flights.size === 0 && this.#core.happenings.length === 0 &&
      this.#core.mail.nextTimer() === Infinity && this.#personWaits().length > 0;
  }
}
