import type { RowKind } from "../../../src/session/row_kinds.ts";

/** The kinds of rows in words, for the tip of the timeline. */
export const kindTexts: Readonly<Record<RowKind, string>> = {
  begin: "the session begins",
  run: "a process runs the session",
  agent: "an agent is there",
  call: "a call begins",
  ask: "the model is asked",
  answer: "the model answers",
  code: "code of the program runs",
  lost: "an answer of the model was lost",
  accepted: "the provider makes the answer in the background",
  step: "a step",
  set: "variables change",
  start: "a wait or an effect begins",
  effect: "an effect is done",
  words: "words",
  meeting: "a meeting",
  trigger: "a trigger",
  log: "a line of the log",
  tools: "tools of a server",
  task: "a task of a server",
  "turn-failed": "the code of a turn failed",
  "turn-refused": "an answer did not run",
  redo: "edited code runs again",
  edit: "a person changed a value or the program",
  return: "a call returns",
  end: "the end",
  resumed: "stopped and resumed",
  heard: "words of a person",
  "effect-failed": "an effect failed",
  "return-failed": "a call failed",
};

/** The marks of the timeline, for its legend. The style sheet draws `mark` as the timeline does. */
export const marksInWords: readonly {
  readonly mark: string;
  readonly text: string;
  readonly title: string;
}[] = [
  {
    mark: "call",
    text: "call",
    title: "A light bar: a call of a playbook, from its beginning to its return",
  },
  { mark: "turn", text: "model", title: "A strong bar: the model works on an answer" },
  {
    mark: "wait",
    text: "wait",
    title: "A thin line: a wait for words, for a time, or for an effect outside",
  },
  { mark: "step", text: "step", title: "A stroke: a step of the program, or an effect that is done" },
  { mark: "words", text: "words", title: "A dot: words of the agent" },
  { mark: "heard", text: "person", title: "A ring: words of a person to the agent" },
  {
    mark: "edit",
    text: "edit",
    title: "An empty square: a person changed a value in a fork, or the program",
  },
  { mark: "failed", text: "failure", title: "A red bar: a call, an effect or the code of a turn failed" },
  { mark: "end", text: "end", title: "A full square: the program ended" },
  {
    mark: "stop",
    text: "stop and resume",
    title: "A dashed line over all lanes: the process died or was stopped, and another one went on",
  },
];
