import type { TurnBuiltin } from "./builtin.ts";

export const endProgramBuiltin: TurnBuiltin = {
  kind: "turn",
  name: "EndProgram",
  parameters: [],
  returns: "never",
  doc: "Ends the whole program. Nothing after it runs.",
};
