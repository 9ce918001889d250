import {
  compareProgram,
  formatChanges,
  type Playbook,
  playbookDigest,
  playbookMarkdown,
  type Program,
} from "../language/mod.ts";
import { argumentsOfEntry, bindArguments } from "./builtins/arguments.ts";
import { newestFirst } from "./definitions.ts";
import type { RunEntry, Source } from "./fold/entry.ts";
import { findPlaybook, modeOf } from "./builtins/frames.ts";
import type { Programs } from "./programs.ts";
import type { Agent, Frame, State } from "./fold/state.ts";

/** How a session continues with an edited program. */
interface EditPlan {
  readonly moves: NonNullable<RunEntry["moves"]>;
  readonly stays?: NonNullable<RunEntry["stays"]>;
  readonly pin?: true;
  /** Lines for a person. */
  readonly notices: readonly string[];
}

/** Options of a plan. */
interface EditOptions {
  readonly pin: boolean;
  /** Frames that `--pin` kept on their source move too. */
  readonly redo?: boolean;
  readonly programs: Programs;
}

/**
 * Decides which frames and agents continue with an edited source.
 *
 * A frame moves to the new source, and its model gets a summary of the changes in its playbook. A frame stays on its
 * source if the session is pinned, or if the new source lacks its playbook. It also stays if the new source has the
 * playbook with another kind or other parameters. Its calls use its own source too if the new one lacks the callee. An
 * agent keeps an older source if the new one lacks its class or a playbook that it must still begin.
 */
export function planEdit(state: State, edited: Source, options: EditOptions): EditPlan {
  const { programs } = options;
  const after = programs.get(edited.hash);
  const changes = compareProgram(programs.get(state.source), after);
  const notices = [
    "The program was edited since the session stopped:",
    ...formatChanges(changes).map((line) => `   ${line}`),
  ];
  if (changes.length === 0) {
    notices[0] = "The program's text was edited since the session stopped; its meaning is the same";
  }
  const { stays, notices: stayNotices } = planStays(state, after, programs);
  const { moves, notices: moveNotices, ...rest } = options.pin
    ? planPin()
    : planMoves(state, edited, options);
  return { ...rest, moves, stays, notices: [...notices, ...stayNotices, ...moveNotices] };
}

function planMoves(state: State, edited: Source, { programs, redo }: EditOptions): EditPlan {
  const after = programs.get(edited.hash);
  const moves: NonNullable<RunEntry["moves"]>[number][] = [];
  const notices: string[] = [];
  for (const frame of Object.values(state.frames)) {
    const klass = state.agents[frame.agent]?.klass ?? "";
    const playbook = lookUp(after, klass, frame.playbook);
    const misfit = playbook ? misfitOf(frame, playbook) : "is no longer there";
    if (!playbook || misfit !== undefined) {
      notices.push(`   ${klass}.${frame.playbook} ${misfit}: the call in flight finishes on the old text`);
      continue;
    }
    if (frame.pinned && !redo) {
      notices.push(`   ${klass}.${frame.playbook} finishes on the old text, as --pin said`);
      continue;
    }
    const before = programs.get(frame.nextSource ?? frame.source);
    const old = lookUp(before, klass, frame.playbook);
    const changed = frame.mode === "model" && old !== undefined &&
      playbookDigest(old) !== playbookDigest(playbook);
    const text = changed ? tellModel(frame, before, after, klass) : undefined;
    moves.push({
      frame: frame.id,
      source: edited.hash,
      ...(text === undefined ? {} : { told: text }),
      ...(frame.pinned ? { unpin: true } : {}),
    });
  }
  return { moves, notices };
}

/** The reason why a running call cannot continue with another text of its playbook; `undefined` if it can. */
function misfitOf(frame: Frame, playbook: Playbook): string | undefined {
  if (modeOf(playbook) !== frame.mode) return "is another kind of playbook now";
  const missing = playbook.parameters.find(({ name, optional, rest }) =>
    !optional && !rest && !Object.hasOwn(frame.args, name)
  );
  return missing && `has a parameter ${missing.name} now, for which the call gave nothing`;
}

/** Agents that keep an older source: the newest one with their class and all playbooks that they must still begin. */
function planStays(
  state: State,
  after: Program,
  programs: Programs,
): { readonly stays: NonNullable<RunEntry["stays"]>; readonly notices: readonly string[] } {
  const stays: { agent: string; source: string }[] = [];
  const notices: string[] = [];
  for (const agent of Object.values(state.agents)) {
    const own = newestFirst(state).filter((source) => hasClass(programs.get(source), agent.klass));
    const called = own.some((source) =>
      state.call && canBegin(state, programs.get(source), agent, state.call.playbook)
    );
    const needed = [...agent.begins, ...(state.call && called ? [state.call.playbook] : [])];
    const hasAll = (program: Program) => needed.every((name) => canBegin(state, program, agent, name));
    if (hasClass(after, agent.klass) && hasAll(after)) {
      // A turn in flight may have called the agent with its kept text. A replay repeats that call.
      const kept = state.oldTexts?.[agent.id];
      if (kept !== undefined && isNeededInFlight(state, agent.klass, programs)) {
        stays.push({ agent: agent.id, source: kept });
      }
      continue;
    }
    const source = own.find((source) => hasAll(programs.get(source))) ?? own[0];
    if (source === undefined) continue;
    stays.push({ agent: agent.id, source });
    if (hasClass(after, agent.klass)) {
      notices.push(`   ${agent.klass} (agent ${agent.id}) begins ${needed.join(", ")} by the old text`);
    } else notices.push(`   ${agent.klass} is no longer there: agent ${agent.id} goes on by the old text`);
  }
  return { stays, notices };
}

function isNeededInFlight(state: State, klass: string, programs: Programs): boolean {
  return Object.values(state.frames).some((frame) =>
    frame.running !== undefined && !hasClass(programs.get(frame.source), klass)
  );
}

function hasClass(program: Program, klass: string): boolean {
  return program.agents.some((agent) => agent.name === klass);
}

/** Whether an agent can begin a playbook of a program with its arguments. */
function canBegin(state: State, program: Program, agent: Agent, name: string): boolean {
  const playbook = lookUp(program, agent.klass, name);
  if (!playbook) return false;
  const args = state.call?.playbook === name ? state.call.args : argumentsOfEntry(state.parameters, playbook);
  return bindArguments(playbook, args, agent.state).ok;
}

/** `--pin`: calls in flight stay on their source, even if an earlier resume found a divergence. */
export function planPin(): EditPlan {
  const notices = ["   Calls in flight finish on the old text (--pin); calls from then on use the new one"];
  return { moves: [], pin: true, notices };
}

/** `--redo` after `--pin`, without another edit: pinned frames move to the newest source. */
export function planUnpin(state: State, programs: Programs): EditPlan | undefined {
  const isPinned = Object.values(state.frames).some(({ pinned, source }) =>
    pinned && source !== state.source
  );
  if (!isPinned) return undefined;
  return planMoves(state, state.sources[state.source]!, { pin: false, redo: true, programs });
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
