import type { FrontEnd, SessionControl, SessionEvent } from "../../src/session/mod.ts";

/** A whole front end: it keeps what it is told, and answers questions as a script says. */
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
      // The engine may still be asking: a person never answers within a question.
      queueMicrotask(() => this.#script.asked?.(this.#open, this.#session));
    }
    if (event.type === "decision") this.#session.decide(event.id, this.#script.decide);
  }
}

/** An open question. */
export type Ask = Extract<SessionEvent, { readonly type: "ask" }>;

interface Script {
  /** What to do when a question has opened, with all that are open. */
  readonly asked?: (open: readonly Ask[], session: SessionControl) => void;
  readonly decide?: "retry" | "skip" | "fail";
}
