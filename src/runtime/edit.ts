import {
  compareProgram,
  formatChanges,
  playbookDigest,
  playbookMarkdown,
  type Program,
} from "../program/mod.ts";
import type { RunEntry, Source } from "./entry.ts";
import { findPlaybook } from "./perform.ts";
import type { Programs } from "./programs.ts";
import type { Frame, State } from "./state.ts";

/** What an edited program means for a session: which frames go on with the new text, and what is said of it. */
export interface EditPlan {
  readonly moves: NonNullable<RunEntry["moves"]>;
  readonly pin?: true;
  /** Lines for a person. */
  readonly told: readonly string[];
}

/**
 * Decides, frame by frame, who goes on with an edited source.
 *
 * All frames do, and a model is told what changed in its playbook; but a frame whose playbook is gone, and every frame
 * when the session is pinned, finishes on the source it began with. Calls made from there stay on that source too.
 */
export function planEdit(
  state: State,
  edited: Source,
  options: { readonly pin: boolean; readonly programs: Programs },
): EditPlan {
  const after = options.programs.get(edited.hash);
  const changes = compareProgram(options.programs.get(state.source), after);
  const told = [
    "The program was edited since the session stopped:",
    ...formatChanges(changes).map((line) => `   ${line}`),
  ];
  if (changes.length === 0) {
    told[0] = "The program's text was edited since the session stopped; its meaning is the same";
  }
  if (options.pin) {
    const pin = planPin();
    return { ...pin, told: [...told, ...pin.told] };
  }
  const moves: { frame: string; source: string; told?: string }[] = [];
  for (const frame of Object.values(state.frames)) {
    const before = options.programs.get(frame.source);
    const klass = state.agents[frame.agent]?.klass ?? "";
    const playbook = lookUp(after, klass, frame.playbook);
    if (!playbook) {
      told.push(
        `   ${klass}.${frame.playbook} is no longer there: the call in flight finishes on the old text`,
      );
      continue;
    }
    const old = lookUp(before, klass, frame.playbook);
    const changed = frame.mode === "model" && old !== undefined &&
      playbookDigest(old) !== playbookDigest(playbook);
    const text = changed ? tellModel(frame, before, after, klass) : undefined;
    moves.push({ frame: frame.id, source: edited.hash, ...(text === undefined ? {} : { told: text }) });
  }
  return { moves, told };
}

/** `--pin`: calls in flight stay on their source, also when a resume before has found that the edited one differs. */
export function planPin(): EditPlan {
  const told = ["   Calls in flight finish on the old text (--pin); calls from then on use the new one"];
  return { moves: [], pin: true, told };
}

function tellModel(frame: Frame, before: Program, after: Program, klass: string): string {
  const playbook = lookUp(after, klass, frame.playbook)!;
  const changes = compareProgram(before, after).filter((change) =>
    change.agent === klass && change.playbook === frame.playbook
  );
  const reached = frame.step === undefined ? undefined : stepText(before, klass, frame.playbook, frame.step);
  return [
    "The program was edited while the session stood still. Changes of this playbook:",
    ...formatChanges(changes).map((line) => `- ${line}`),
    reached === undefined
      ? "No step of it had been reached."
      : `Done by the old text, up to and with step ${frame.step}: ${reached}`,
    "The playbook as it is now:",
    "",
    "````md",
    playbookMarkdown(playbook, frame.description ?? playbook.description).trim(),
    "````",
    "",
    "Follow the new text from here; what was done is not to be done again.",
  ].join("\n");
}

function stepText(program: Program, klass: string, name: string, number: string): string | undefined {
  let steps = lookUp(program, klass, name)?.steps ?? [];
  for (;;) {
    const exact = steps.find((step) => step.number === number);
    if (exact) return exact.text;
    const above = steps.find((step) => number.startsWith(`${step.number}.`));
    if (!above) return undefined;
    steps = above.children;
  }
}

function lookUp(program: Program, klass: string, playbook: string) {
  const found = program.agents.find((agent) => agent.name === klass);
  return found && findPlaybook(found, playbook);
}
