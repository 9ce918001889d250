import { type Encoded, fieldsOf } from "../../sandbox/mod.ts";
import { maxTimeMs, type WaitBuiltin } from "./builtin.ts";
import { waitFor } from "./wait_for.ts";

export const yieldBuiltin: WaitBuiltin = {
  kind: "wait",
  name: "Yield",
  parameters: [
    { name: "target", type: "Target | Target[]", alsoNamed: ["source", "from"] },
    { name: "options", type: "{ timeout?: number }", optional: true },
  ],
  returns: "Promise<string>",
  comment: "waits, gives the words",
  shows: () => "words",
  sampleResult: "ok",
  doc: "Waits for words of a person or an agent and gives them. `timeout` is in seconds.",
  perform(args, context) {
    const targets = Array.isArray(args[0]) ? args[0] as readonly Encoded[] : [args[0] ?? "user"];
    const timeout = secondsOf(args[1], "timeout");
    const deadlineMs = timeout === undefined ? undefined : context.nowMs + timeout * 1000;
    const isLate = deadlineMs !== undefined && deadlineMs > maxTimeMs;
    return waitFor(targets, { as: "yield", deadlineMs: isLate ? undefined : deadlineMs }, context);
  },
};

function secondsOf(options: Encoded | undefined, name: string): number | undefined {
  const field = fieldsOf(options)?.find(([key]) => key === name)?.[1];
  return typeof field === "number" && Number.isFinite(field) && field >= 0 ? field : undefined;
}
