import type { Programs, State, Step } from "../engine/mod.ts";

/** The text of a session's program, and where its steps are: plain data. */
interface SourceReport {
  /** The files of the program, and those that they import. */
  readonly files: readonly { readonly path: string; readonly text: string }[];
  readonly steps: readonly StepReport[];
}

/** A step of a playbook. Lines count from 1. */
interface StepReport {
  readonly klass: string;
  readonly playbook: string;
  readonly number: string;
  readonly text: string;
  readonly file: string;
  readonly line: number;
}

/** The source that a state runs. `programs` must hold it. */
export function reportSource(state: State, programs: Programs): SourceReport {
  const { files = [], imports = [] } = state.sources[state.source] ?? {};
  const { agents } = programs.get(state.source);
  return {
    files: [...files, ...imports].map(({ path, text }) => ({ path, text })),
    steps: agents.flatMap(({ name: klass, playbooks }) =>
      playbooks.flatMap(({ name: playbook, steps }) =>
        allSteps(steps).map(({ number, text, location: { file, line } }) => ({
          klass,
          playbook,
          number,
          text,
          file,
          line,
        }))
      )
    ),
  };
}

/** Each step before its own steps. */
function allSteps(steps: readonly Step[]): readonly Step[] {
  return steps.flatMap((step) => [step, ...allSteps(step.children)]);
}
