import type { WaitBuiltin } from "./builtin.ts";
import { waitFor } from "./wait_for.ts";

export const waitForMessageBuiltin: WaitBuiltin = {
  kind: "wait",
  name: "WaitForMessage",
  parameters: [
    { name: "source", type: "Target", alsoNamed: ["target"] },
    { name: "options", type: "{ timeout?: number }", optional: true, isUndeclared: true },
  ],
  returns: "Promise<{ from: string; klass: string; text: string; at: Date }[]>",
  shows: () => "words",
  sampleResult: [{ from: "user", klass: "User", text: "ok", at: { $type: "date", value: 0 } }],
  doc:
    "Waits as `Yield` does, and gives each message with its sender and time. After `timeout` seconds the list is empty.",
  perform: ([source, options], context) => waitFor([source ?? "*"], { as: "messages", options }, context),
};
