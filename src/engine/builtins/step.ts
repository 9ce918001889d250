import type { TurnBuiltin } from "./builtin.ts";

export const stepBuiltin: TurnBuiltin = {
  kind: "turn",
  name: "Step",
  parameters: [{ name: "position", type: "string", alsoNamed: ["step"] }],
  returns: "void",
  comment: 'where you are: "02"',
  doc: "Says which step the code carries out; it is shown as progress.",
};
