import type { SandboxBuiltin } from "../../sandbox/mod.ts";
import type { Builtin, EffectBuiltin, FunctionBuiltin } from "./builtin.ts";
import { callBuiltin } from "./call.ts";
import { createAgentBuiltin } from "./create_agent.ts";
import { endProgramBuiltin } from "./end_program.ts";
import { envBuiltin } from "./env.ts";
import { fetchBuiltin } from "./fetch.ts";
import { getOrCreateBuiltin } from "./get_or_create.ts";
import { inviteToMeetingBuiltin } from "./invite_to_meeting.ts";
import { loadArtifactBuiltin } from "./load_artifact.ts";
import { loadFileBuiltin } from "./load_file.ts";
import { logTriggerBuiltin } from "./log_trigger.ts";
import { processMessagesBuiltin } from "./process_messages.ts";
import { readDirBuiltin } from "./read_dir.ts";
import { readTextFileBuiltin } from "./read_text_file.ts";
import { returnBuiltin } from "./return.ts";
import { saveArtifactBuiltin } from "./save_artifact.ts";
import { sayBuiltin } from "./say.ts";
import { sleepBuiltin } from "./sleep.ts";
import { standardBuiltins } from "./standard.ts";
import { stepBuiltin } from "./step.ts";
import { valueBuiltins } from "./values.ts";
import { waitForMessageBuiltin } from "./wait_for_message.ts";
import { appendTextFileBuiltin, writeTextFileBuiltin } from "./write_text_file.ts";
import { yieldBuiltin } from "./yield.ts";

/**
 * Every builtin, in the order of the prompt's declarations. These rows make the globals of the sandbox, the methods of
 * `self`, the prompt's declarations, the reserved names and the documents.
 */
export const builtins: readonly Builtin[] = [
  stepBuiltin,
  sayBuiltin,
  yieldBuiltin,
  returnBuiltin,
  endProgramBuiltin,
  createAgentBuiltin,
  saveArtifactBuiltin,
  loadArtifactBuiltin,
  loadFileBuiltin,
  sleepBuiltin,
  waitForMessageBuiltin,
  logTriggerBuiltin,
  ...valueBuiltins,
  inviteToMeetingBuiltin,
  fetchBuiltin,
  readTextFileBuiltin,
  readDirBuiltin,
  writeTextFileBuiltin,
  appendTextFileBuiltin,
  envBuiltin,
  ...standardBuiltins,
  callBuiltin,
  getOrCreateBuiltin,
  processMessagesBuiltin,
];

/** The row of an effect, by its name in the journal. */
export function effectNamed(name: string): EffectBuiltin | undefined {
  return effects.get(name);
}

const effects: ReadonlyMap<string, EffectBuiltin> = new Map(
  builtins.filter(isEffect).map((row) => [row.effect ?? row.name, row]),
);

/** Whether an effect takes time, so that the world may have changed when its result comes. */
export function takesTime(name: string): boolean {
  const row = effects.get(name);
  return row?.kind === "wait" || (row?.kind === "outside" && row.send !== undefined);
}

/** The functions that code can call by name. */
export const callableFunctions: readonly FunctionBuiltin[] = builtins.filter(isFunction).filter((row) =>
  !isInternal(row)
);

/** Names that a playbook or an agent class cannot have. */
export const reservedNames: readonly string[] = builtins.filter((row) => !isInternal(row) && !isYielding(row))
  .flatMap(namesOf);

/** Names that code can use and that a program may define itself. */
export const yieldingNames: readonly string[] = builtins.filter(isYielding).flatMap(namesOf);

/** The rows as plain data, for the sandbox. */
export const sandboxBuiltins: readonly SandboxBuiltin[] = builtins.flatMap((row): SandboxBuiltin[] => {
  if (row.kind === "value") {
    return [{
      kind: "value",
      name: row.name,
      ...(row.type === undefined ? { isUndeclared: true as const } : {}),
    }];
  }
  if (row.kind === "standard") return [{ kind: "standard", name: row.name, isUndeclared: true }];
  if (!isFunction(row) || isInternal(row)) return [];
  return namesOf(row).map((name) => {
    const isUndeclared = row.isUndeclared || name !== row.name;
    return {
      kind: "function",
      name,
      ...callFormOf(row),
      ...(isUndeclared ? { isUndeclared: true as const } : {}),
      ...(row.isYielding ? { isYielding: true as const } : {}),
    };
  });
});

function callFormOf(row: FunctionBuiltin) {
  const parameters = row.parameters.map(({ optional, acceptsClass }) =>
    acceptsClass ? "class" as const : optional ? "optional" as const : "value" as const
  );
  const names = row.parameters.map(({ name, alsoNamed = [] }) => [name, ...alsoNamed]);
  const options = row.parameters.findIndex(({ optional, type }) => optional && /^(object$|\{)/.test(type));
  const form = { parameters, names, ...(options < 0 ? {} : { options }) };
  if (!isEffect(row)) return form;
  const { needsNoAwait } = row;
  return { ...form, effect: row.effect ?? row.name, ...(needsNoAwait ? { needsNoAwait } : {}) };
}

/** The name of a row and its other names: `LoadFile` and `Loadfile`. */
export function namesOf(row: Builtin): readonly string[] {
  return [row.name, ...(isFunction(row) ? row.aliases ?? [] : [])];
}

function isFunction(row: Builtin): row is FunctionBuiltin {
  return row.kind !== "value" && row.kind !== "standard" && row.kind !== "playbook";
}

function isEffect(row: Builtin): row is EffectBuiltin {
  return isFunction(row) && row.kind !== "turn";
}

function isYielding(row: Builtin): boolean {
  return row.kind === "standard" || (isFunction(row) && row.isYielding === true);
}

function isInternal(row: Builtin): boolean {
  return isEffect(row) && row.isInternal === true;
}
