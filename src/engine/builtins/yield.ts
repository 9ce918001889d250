import type { Encoded } from "../../sandbox/mod.ts";
import { refuse, type WaitBuiltin } from "./builtin.ts";
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
    return waitFor(targets, { as: "yield", options: args[1] }, context);
  },
};
