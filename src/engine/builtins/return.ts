import type { TurnBuiltin } from "./builtin.ts";

export const returnBuiltin: TurnBuiltin = {
  kind: "turn",
  name: "Return",
  parameters: [
    { name: "value", type: "unknown", optional: true, alsoNamed: ["result"] },
    { name: "summary", type: "string", optional: true },
  ],
  returns: "never",
  doc: "Ends the playbook with a result and a line on what was done. Nothing after it runs.",
};
