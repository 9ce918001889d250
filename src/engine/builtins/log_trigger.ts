import type { TurnBuiltin } from "./builtin.ts";

export const logTriggerBuiltin: TurnBuiltin = {
  kind: "turn",
  name: "LogTrigger",
  parameters: [{ name: "code", type: "string", alsoNamed: ["trigger"] }],
  returns: "void",
  doc: "Announces that a trigger applies, by its id or its text. The log and the next prompts show it.",
};
