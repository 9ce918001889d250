import type { LocalModel } from "../../src/model/mod.ts";

/** `--model rehearsal`, and the default model if none is configured. Its code is loaded when it is opened. */
export const rehearsalModel: LocalModel = {
  name: "rehearsal",
  terms: { isRehearsal: true },
  open: async () => (await import("./mod.ts")).openRehearsal(),
};
