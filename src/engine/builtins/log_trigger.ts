import type { TurnBuiltin } from "./builtin.ts";

export const logTriggerBuiltin: TurnBuiltin = {
  kind: "turn",
  name: "LogTrigger",
  parameters: [{ name: "code", type: "string", alsoNamed: ["trigger"] }],
  returns: "void",
  doc: "Notes that a trigger applies; the log shows it.",
};
