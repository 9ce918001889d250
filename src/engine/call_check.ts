import { hasTools, type Playbook, type Program } from "../language/mod.ts";
import { didYouMean } from "../language/nearest_name.ts";
import { encode, type Encoded } from "../sandbox/mod.ts";
import { processMessages } from "../prompt/process_messages.ts";
import { callForm } from "../language/signature.ts";
import { bindArguments, parametersWithMeeting } from "./builtins/arguments.ts";
import { calledPlaybook } from "./builtins/frames.ts";

/**
 * Why the call that begins a program cannot be made, as far as its text shows it: no agent has the playbook, or the arguments
 * do not fit. `undefined` if it can, or if only a tool server knows.
 */
export function callFault(
  { agents }: Program,
  { playbook: name, args, names = [] }: {
    readonly playbook: string;
    readonly args: readonly Encoded[];
    /** What the caller says are parameters. Without it, an object may also be an argument by position. */
    readonly names?: readonly string[];
  },
): string | undefined {
  const callable = agents.filter(({ type }) => type !== "Human");
  const found = callable.flatMap((agent) => calledPlaybook(agent, name) ?? [])
    .filter((playbook) => playbook !== processMessages);
  if (found.length === 0) {
    if (callable.some(hasTools)) return undefined;
    const others = callable.flatMap((agent) =>
      agent.playbooks.flatMap((playbook) => [playbook.name, `${agent.name}.${playbook.name}`])
    );
    return `no agent has a playbook ${name}${didYouMean(name, others)}`;
  }
  const unknown = found.map((playbook) => unknownParameter(playbook, names));
  if (unknown.every((fault) => fault !== undefined)) return unknown[0];
  // The words of standard input are known only when the program begins.
  const state = { startup_message: encode("") };
  const bound = found.map((playbook) => bindArguments(playbook, args, state));
  if (bound.some(({ ok }) => ok)) return undefined;
  return bound.flatMap((each) => each.ok ? [] : [each.message])[0];
}

function unknownParameter(playbook: Playbook, names: readonly string[]): string | undefined {
  const parameters = parametersWithMeeting(playbook).map(({ name }) => name);
  const known = new Set(parameters.map((name) => name.toLowerCase()));
  const unknown = names.find((name) => !known.has(name.toLowerCase()));
  if (unknown === undefined) return undefined;
  return `${callForm(playbook)} has no parameter ${unknown}${didYouMean(unknown, parameters)}`;
}
