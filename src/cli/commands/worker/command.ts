import { defineCommand, optional } from "../../command.ts";
import { readCount } from "../../session_filter.ts";
import { configFlag, trustFlag } from "../../shared_flags.ts";
import type { WorkerOptions } from "./options.ts";

const defaultConcurrency = 8;

/** `playbooks worker`. */
export const workerCommand = defineCommand<WorkerOptions>({
  name: "worker",
  operands: "",
  completes: "nothing",
  operandCount: { min: 0, max: 0 },
  summary: "run the sessions that can go on: queued, due, answered, or left by a dead process",
  detail:
    `Takes the sessions of the storage that run --detach has queued, whose timer has passed, that were answered,
or whose process died; those that wait longest first. Several workers share the work. Each session runs with
its own source and model. A session that needs consent, or a newer version, is left alone and said once.

Ctrl+C and SIGTERM hand the sessions back, so that another worker takes them at once, and end with exit code
0. A second signal ends the process at once; nothing is lost. If the storage cannot be used from the start
and a person must fix that, the exit code is 6. A storage that does not answer is tried until it does.

--until-idle waits for timers, and for the leases of dead processes. If sessions could not be run here, the
last line counts them, and the exit code is 2 if a person must trust or fix something, else that of the first.`,
  flags: [
    {
      name: "concurrency",
      value: "N",
      doc: `sessions that run at the same time; ${defaultConcurrency} by default`,
    },
    { name: "until-idle", doc: "end when no session can go on and no timer is open" },
    { name: "json", doc: "print one JSON object a line for each session taken and ended" },
    trustFlag,
    configFlag,
  ],
  examples: ["playbooks worker", "playbooks worker --concurrency 32 --json"],
  asksModels: true,
  needsOutput: true,
  read: ({ flags }) => ({
    concurrency: readCount("--concurrency", flags.get("concurrency")) ?? defaultConcurrency,
    untilIdle: flags.has("until-idle"),
    json: flags.has("json"),
    trust: flags.has("trust"),
    ...optional("config", flags.get("config")),
  }),
  load: async () => (await import("./worker.ts")).worker,
});
