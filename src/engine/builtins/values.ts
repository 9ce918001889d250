import type { ValueBuiltin } from "./builtin.ts";

/** Objects of the global scope. `self` also has each builtin function and each playbook of the agent as a method. */
export const valueBuiltins: readonly ValueBuiltin[] = [
  {
    kind: "value",
    name: "self",
    type: "{ id: string; klass: string; state: typeof state }",
    doc: "The agent that runs the code; each builtin and each playbook is a method of it, too.",
  },
  { kind: "value", name: "state", type: "Record<string, any>", doc: "The variables of the agent." },
  {
    kind: "value",
    name: "agents",
    type: "{ all: Agent[]; byId(id: string): Agent | undefined; byClass(klass: string): Agent[] }",
    doc: "All agents of the session.",
  },
  {
    kind: "value",
    name: "Artifact",
    doc:
      '`await Artifact["report"]` is `await LoadArtifact("report")`; code of a model may leave out the `await`.',
  },
  {
    kind: "value",
    name: "console",
    type: "{ log(...values: unknown[]): void }",
    comment: "you read it in your next turn",
    doc:
      "Its `log` writes to the log, and shows the values to the model in its next turn; its other methods are there, too.",
  },
  { kind: "value", name: "structuredClone", doc: "Copies a value." },
];
