import type { FrontEnd, SessionControl, SessionEvent } from "../../src/session/mod.ts";

/** A complete front end that records all events and answers questions by a script. */
export class ScriptFrontEnd implements FrontEnd {
  readonly canDecide: boolean;
  readonly events: SessionEvent[] = [];
  /** Words in the order of delivery. */
  readonly said: string[] = [];
  #session!: SessionControl;
  readonly #script: Script;
  #open: Ask[] = [];

  constructor(script: Script = {}) {
    this.#script = script;
    this.canDecide = script.decide !== undefined;
  }

  begin(session: SessionControl): void {
    this.#session = session;
  }

  event(event: SessionEvent): void {
    this.events.push(event);
    if (event.type === "say") this.said.push(event.text);
    if (event.type === "ask-end") this.#open = this.#open.filter(({ id }) => id !== event.id);
    if (event.type === "ask") {
      this.#open.push(event);
      // Answer later, because a person never answers before the question is fully posted.
      queueMicrotask(() => this.#script.asked?.(this.#open, this.#session));
    }
    if (event.type === "decision") this.#session.decide(event.id, this.#script.decide);
  }
}

/** An open question. */
export type Ask = Extract<SessionEvent, { readonly type: "ask" }>;

interface Script {
  /** Called with all open questions when a new one opens. */
  readonly asked?: (open: readonly Ask[], session: SessionControl) => void;
  readonly decide?: "retry" | "skip" | "fail";
}
