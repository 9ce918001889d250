import type { Mutant } from "../mutant.ts";

const host = ["tests/cli/host/session_host_test.ts"];
const taker = ["tests/cli/host/session_taker_test.ts"];
const stores = ["tests/store/file/file_store_test.ts", "tests/store/memory/memory_store_test.ts"];

/** Bugs of workers: in the stores, the engine, the sessions and the host. */
export const workerMutants: readonly Mutant[] = [
  {
    bug: "a worker takes a queued session before its backoff is over",
    file: "src/store/runnable.ts",
    find: 'return isHeld ? undefined : "queued";',
    put: 'return "queued";',
    tests: stores,
  },
  {
    bug: "a worker takes a session that another process still holds",
    file: "src/store/runnable.ts",
    find: "if (!isFree) return undefined;",
    put: "",
    tests: stores,
  },
  {
    bug: "a worker does not take a session that died",
    file: "src/store/runnable.ts",
    find: 'return isHeld ? undefined : "orphaned";',
    put: "return undefined;",
    tests: stores,
  },
  {
    bug: "a message that came shortly before the end of a run is not noticed",
    file: "src/store/file/work_index.ts",
    find: "this.#take(line.session, true);",
    put: "this.#take(line.session, false);",
    tests: ["tests/store/file/work_index_test.ts"],
  },
  {
    bug: "a worker does not hear of a posted message",
    file: "src/store/file/file_store.ts",
    find: "this.notePost(id);",
    put: "",
    tests: stores,
  },
  {
    bug: "a lost line of the index hides a session for ever",
    file: "src/store/file/work_index.ts",
    find: "if (lines === undefined || this.#elapsed() > this.#lookAtAllMs) {",
    put: "if (lines === undefined || this.#lookAtAllMs === -Infinity) {",
    tests: ["tests/store/file/work_index_test.ts"],
  },
  {
    bug: "an older version reads a queued session as damaged",
    file: "src/store/file/session_file.ts",
    find: 'summary.status === "queued" ? { ...summary, status: "stopped", queued: true } : summary;',
    put: "summary;",
    tests: ["tests/store/file/work_index_test.ts"],
  },
  {
    bug: "a session that only waits stays in memory",
    file: "src/engine/session.ts",
    find: "} else if (isStill && this.#mayLeave()) await this.#leave();",
    put: "} else if (false) await this.#leave();",
    tests: host,
  },
  {
    bug: "words that nobody waits for wake a session again and again",
    file: "src/session/live_session.ts",
    find: "this.#lastRead = Math.max(this.#lastRead, number);",
    put: "",
    tests: host,
  },
  {
    bug: "a session that a worker hands back must be resumed by a person",
    file: "src/cli/host/hosted_run.ts",
    find: '? { status: "queued", exit: undefined }',
    put: "? {}",
    tests: host,
  },
  {
    bug: "a session that cannot be run here is no longer queued",
    file: "src/cli/commands/run/continue.ts",
    find: "const isKept = !found.command.fork && position > 0;",
    put: "const isKept = false;",
    tests: host,
  },
  {
    bug: "a host runs more sessions at a time than it may",
    file: "src/cli/host/session_host.ts",
    find: "if (this.#active >= this.#concurrency) return;",
    put: "",
    tests: host,
  },
  {
    bug: "a session that kills its process is run again without end",
    file: "src/cli/host/retry_policy.ts",
    find: "if (count > maxDeaths) {",
    put: "if (false) {",
    tests: taker,
  },
  {
    bug: "progress between two deaths does not start the count anew",
    file: "src/cli/host/retry_policy.ts",
    find: "count: isStuck ? before.count + 1 : 1",
    put: "count: before ? before.count + 1 : 1",
    tests: taker,
  },
  {
    bug: "a worker says again and again that it cannot run a session",
    file: "src/cli/host/session_taker.ts",
    find: "this.#refused.set(session.id, now() + this.#refusalMs(session.id, error));",
    put: "",
    tests: taker,
  },
  {
    bug: "a session that made progress after deaths is still held back",
    file: "src/cli/host/hosted_run.ts",
    find: "if (event.position > (this.#heldUntil ?? Infinity)) this.#endHold();",
    put: "",
    tests: taker,
  },
  {
    bug: "changes of a summary overtake each other",
    file: "src/store/in_order.ts",
    find: "    await before;\n",
    put: "",
    tests: ["tests/store/in_order_test.ts"],
  },
  {
    bug: "run --detach takes flags that a worker does not know",
    file: "src/cli/commands/run/flags.ts",
    find: 'if (flags.has("detach")) refuseDetached(flags);',
    put: "",
    tests: ["tests/cli/detach_test.ts"],
  },
];
