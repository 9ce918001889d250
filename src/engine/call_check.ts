import { hasTools, type Program } from "../language/mod.ts";
import { nearestName } from "../language/nearest_name.ts";
import { encode, type Encoded } from "../sandbox/mod.ts";
import { processMessages } from "../prompt/process_messages.ts";
import { bindArguments } from "./builtins/arguments.ts";
import { calledPlaybook } from "./builtins/frames.ts";

/**
 * Why the call that begins a program cannot be made, as far as its text shows it: no agent has the playbook, or the arguments
 * do not fit. `undefined` if it can, or if only a tool server knows.
 */
export function callFault(
  { agents }: Program,
  { playbook: name, args }: { readonly playbook: string; readonly args: readonly Encoded[] },
): string | undefined {
  const callable = agents.filter(({ type }) => type !== "Human");
  const found = callable.flatMap((agent) => calledPlaybook(agent, name) ?? [])
    .filter((playbook) => playbook !== processMessages);
  if (found.length === 0) {
    if (callable.some(hasTools)) return undefined;
    const names = callable.flatMap((agent) =>
      agent.playbooks.flatMap((playbook) => [playbook.name, `${agent.name}.${playbook.name}`])
    );
    const near = nearestName(name, names);
    const others = near === undefined ? "" : `; did you mean ${near}`;
    return `no agent has a playbook ${name}${others}`;
  }
  // The words of standard input are known only when the program begins.
  const state = { startup_message: encode("") };
  const bound = found.map((playbook) => bindArguments(playbook, args, state));
  if (bound.some(({ ok }) => ok)) return undefined;
  return bound.flatMap((each) => each.ok ? [] : [each.message])[0];
}
