/** The kinds of rows: the types of items, and some that a reader looks for. The outline names them by their index. */
export const rowKinds = [
  "begin",
  "run",
  "agent",
  "call",
  "ask",
  "answer",
  "code",
  "lost",
  "accepted",
  "step",
  "set",
  "start",
  "effect",
  "words",
  "meeting",
  "trigger",
  "log",
  "tools",
  "task",
  "turn-failed",
  "turn-refused",
  "redo",
  "edit",
  "return",
  "end",
  /** A process goes on with a session whose work was stopped. */
  "resumed",
  /** Words of a person. */
  "heard",
  /** An effect or a call that failed. */
  "effect-failed",
  "return-failed",
] as const;

export type RowKind = typeof rowKinds[number];
