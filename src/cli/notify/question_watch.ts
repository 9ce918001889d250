import type { FrontEnd } from "../../session/mod.ts";

/** Calls `onOpen` when a question of a running session has been open for `waitMs`, once for each question. */
export class QuestionWatch implements Disposable {
  readonly #waitMs: number;
  readonly #onOpen: () => void;
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();

  constructor(waitMs: number, onOpen: () => void) {
    this.#waitMs = waitMs;
    this.#onOpen = onOpen;
  }

  /** The same front end, whose questions are watched. */
  of(frontEnd: FrontEnd): FrontEnd {
    return {
      canDecide: frontEnd.canDecide,
      ...(frontEnd.canAsk === undefined ? {} : { canAsk: frontEnd.canAsk }),
      begin: (session, snapshot) => frontEnd.begin(session, snapshot),
      event: (event) => {
        frontEnd.event(event);
        if (event.type === "ask") this.#start(event.id);
        if (event.type === "ask-end") this.#end(event.id);
      },
    };
  }

  #start(id: string): void {
    this.#end(id);
    this.#timers.set(id, setTimeout(this.#onOpen, this.#waitMs));
  }

  #end(id: string): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
  }

  [Symbol.dispose](): void {
    for (const id of [...this.#timers.keys()]) this.#end(id);
  }
}
