import type { Playbook } from "../../language/mod.ts";
import type { Note } from "../../sandbox/sandbox.ts";
import type { SessionContext } from "../context.ts";
import type { Frame } from "../fold/state.ts";

/** Reports a note of the code to the ui. */
export function emitNote({ ui, definitions }: SessionContext, frame: Frame, note: Note): void {
  const { agent, playbook } = frame;
  const klass = definitions.classNameOf(agent);
  switch (note.kind) {
    case "step": {
      const step = note.text.includes(":") ? note.text.slice(note.text.indexOf(":") + 1) : note.text;
      const text = stepText(definitions.definitionOf(frame)[1], step);
      ui.event({ type: "step", agent, klass, playbook, step, ...(text === undefined ? {} : { text }) });
      return;
    }
    case "trigger":
      ui.event({ type: "trigger", agent, text: note.text });
      return;
    case "log":
      ui.event({ type: "log", agent, klass, text: note.text });
      return;
  }
}

/** The text of a step, or of the nearest numbered step above it. */
function stepText(playbook: Playbook, number: string): string | undefined {
  let { steps } = playbook;
  for (;;) {
    const exact = steps.find((step) => step.number === number);
    if (exact) return exact.text;
    const above = steps.find((step) => number.startsWith(`${step.number}.`));
    if (!above) return undefined;
    steps = above.children;
  }
}
