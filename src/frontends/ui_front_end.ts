import type { FrontEnd, SessionControl, SessionEvent } from "../session/mod.ts";
import type { RunUi } from "./run_ui.ts";

/** Draws a session with a ui, and posts the person's answers to the session. */
export class UiFrontEnd implements FrontEnd {
  readonly #ui: RunUi;
  #session: SessionControl | undefined;
  /** The cancel functions of open questions and decisions, by id. */
  readonly #open = new Map<string, AbortController>();

  constructor(ui: RunUi) {
    this.#ui = ui;
  }

  get canDecide(): boolean {
    return this.#ui.canDecide;
  }

  get canAsk(): boolean {
    return this.#ui.canAsk;
  }

  begin(session: SessionControl): void {
    this.#session = session;
    this.#ui.listen(({ person, text }) => session.say(person, text), session);
  }

  event(event: SessionEvent): void {
    switch (event.type) {
      case "say":
        return this.#ui.show(event);
      case "ask":
        return this.#ask(event);
      case "decision":
        return this.#decide(event);
      case "ask-end":
      case "decision-end":
        this.#open.get(event.id)?.abort();
        this.#open.delete(event.id);
        return;
      default:
        return this.#ui.event(event);
    }
  }

  #ask(question: Extract<SessionEvent, { readonly type: "ask" }>): void {
    const { signal } = this.#opened(question.id);
    this.#ui.ask(question, { signal }).then((text) => {
      if (signal.aborted) return;
      if (text === undefined) this.#session?.endInput();
      else this.#session?.answer(question.id, text);
    }, (error) => {
      if (!signal.aborted) this.#session?.failInput(error);
    });
  }

  #decide(effect: Extract<SessionEvent, { readonly type: "decision" }>): void {
    const { signal } = this.#opened(effect.id);
    this.#ui.decide(effect, { signal }).then((choice) => {
      if (!signal.aborted) this.#session?.decide(effect.id, choice);
    }, (error) => {
      if (!signal.aborted) this.#session?.failInput(error);
    });
  }

  #opened(id: string): AbortController {
    const abort = new AbortController();
    this.#open.set(id, abort);
    return abort;
  }
}
