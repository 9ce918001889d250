import { type Encoded, fieldsOf } from "../../sandbox/mod.ts";
import { maxTimeMs, refuse, type WaitBuiltin } from "./builtin.ts";
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
    if (typeof args[1] === "string" && args[1] !== "") {
      return refuse("TypeError", "Yield only waits: Say the question first, then Yield(target)");
    }
    const timeout = typeof args[1] === "number" ? secondsIn(args[1]) : secondsOf(args[1], "timeout");
    const deadlineMs = timeout === undefined ? undefined : context.nowMs + timeout * 1000;
    const isLate = deadlineMs !== undefined && deadlineMs > maxTimeMs;
    return waitFor(targets, { as: "yield", deadlineMs: isLate ? undefined : deadlineMs }, context);
  },
};

function secondsOf(options: Encoded | undefined, name: string): number | undefined {
  return secondsIn(fieldsOf(options)?.find(([key]) => key === name)?.[1]);
}

function secondsIn(value: Encoded | undefined): number | undefined {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined;
}
