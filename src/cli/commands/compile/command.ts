import { defineCommand, optional } from "../../command.ts";

/** `playbooks compile`. */
export const compileCommand = defineCommand({
  name: "compile",
  operands: "FILES…",
  completes: "files",
  operandCount: { min: 1, max: Infinity },
  summary: "write a program in its numbered form",
  detail: "Needs no model. The numbered form is a program too: run it as any other.",
  flags: [{ name: "output", short: "o", value: "FILE", doc: "write here, not to standard output" }],
  examples: ["playbooks compile examples/tax.pb -o tax.pbasm"],
  read: ({ operands, flags }) => ({ files: operands, ...optional("output", flags.get("output")) }),
  load: async () => (await import("./compile.ts")).compile,
});
