import type { Mutant } from "../mutant.ts";

const api = ["tests/session/live_session_test.ts"];

export const sessionMutants: readonly Mutant[] = [
  {
    bug: "an event has the position of the entry before its own",
    file: "src/session/event_fold.ts",
    find: "const position = ++this.#position;",
    put: "const position = this.#position++;",
    tests: api,
  },
  {
    bug: "a watcher gets events that it has seen",
    file: "src/session/live_session.ts",
    find: "if (event.position > from) queue.push(event);",
    put: "queue.push(event);",
    tests: api,
  },
  {
    bug: "a message that was delivered before a crash is delivered again",
    file: "src/session/live_session.ts",
    find: "    this.#forgetDelivered();\n  }\n\n  /** Call this after",
    put: "  }\n\n  /** Call this after",
    tests: api,
  },
];
