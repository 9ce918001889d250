import { defineCommand, optional } from "../../command.ts";
import { readCount } from "../../session_filter.ts";
import { checkedReference } from "../../session_reference.ts";
import { configFlag } from "../../shared_flags.ts";

/** `playbooks sessions stop`. */
export const sessionsStopCommand = defineCommand({
  name: "sessions stop",
  operands: "ID",
  completes: "sessions",
  operandCount: { min: 1, max: 1 },
  summary: "stop a session that another process runs",
  detail:
    `Asks the process to stop, as SIGTERM does, and waits until it has. The session can be resumed. A worker stops
this session alone. A queued session leaves the queue.
Exit code 4 if the process runs on another machine, or does not stop in time.`,
  flags: [
    { name: "timeout", value: "SECONDS", doc: "wait at most this long; 10 by default" },
    configFlag,
  ],
  examples: ["playbooks sessions stop 3f9a01bc", "playbooks sessions stop monday --timeout 60"],
  read: ({ operands, flags }) => ({
    session: checkedReference(operands[0]!),
    timeoutSeconds: readCount("--timeout", flags.get("timeout")) ?? 10,
    ...optional("config", flags.get("config")),
  }),
  load: async () => (await import("./sessions_stop.ts")).sessionsStop,
});
