import type { Mutant } from "../mutant.ts";

const api = ["tests/session/live_session_test.ts"];

export const sessionMutants: readonly Mutant[] = [
  {
    bug: "a rewind that a kill interrupted leaves a summary that is ahead of the journal",
    file: "src/session/rewind.ts",
    find: "await store.update(id, { position, checkpoint, ...summaryCounts(state), ...origin, ...traced });",
    put: "",
    tests: ["tests/cli/sessions_rewind_test.ts"],
  },
  {
    bug: "a session that was forked in half is resumed",
    file: "src/session/fork.ts",
    find: "if (position >= whole) return;",
    put: "return;",
    tests: ["tests/cli/sessions_fork_test.ts"],
  },
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
    find: "    return this.#forgetDelivered();\n  }\n\n  /** Call this after",
    put: "  }\n\n  /** Call this after",
    tests: api,
  },
  {
    bug: "words to an ended meeting stay in the inbox",
    file: "src/session/live_session.ts",
    find: "        this.#takeOut(key);\n        const notice",
    put: "        const notice",
    tests: api,
  },
];
