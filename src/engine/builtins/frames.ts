import { type AgentClass, nameKey, type Playbook, playbookNamed } from "../../language/mod.ts";
import { processMessages } from "../../prompt/process_messages.ts";
import type { NewFrame } from "../fold/entry.ts";
import type { State } from "../fold/state.ts";

/** A frame for a playbook, ready to be put on the stack. */
export function newFrame(
  state: State,
  agent: string,
  playbook: Playbook,
  bound: { readonly args: NewFrame["args"]; readonly writes?: NewFrame["writes"] },
  source: string,
): NewFrame {
  const written = Object.keys(bound.writes ?? {});
  return {
    id: `f${state.next.frame}`,
    agent,
    playbook: playbook.name,
    mode: modeOf(playbook),
    resolves: playbook.mode !== "code" && playbook.placeholders.length > 0,
    args: bound.args,
    ...(bound.writes && written.length > 0 ? { writes: bound.writes, own: written } : {}),
    source,
  };
}

/** The way in which a frame of a playbook runs. */
export function modeOf(playbook: Playbook): NewFrame["mode"] {
  return playbook.mode === "code" ? "code" : playbook.mode === "raw" ? "raw" : "model";
}

/** A playbook of a class by any spelling of its name, ignoring case. */
export function findPlaybook(klass: AgentClass, spelling: string): Playbook | undefined {
  if (spelling === processMessages.name) return processMessages;
  return playbookNamed(klass, spelling);
}

/** The playbook of a class that `--call` names, as `Name` or `Agent.Name`. */
export function calledPlaybook(klass: AgentClass, spelling: string): Playbook | undefined {
  const plain = findPlaybook(klass, spelling);
  if (plain) return plain;
  const dot = spelling.indexOf(".");
  if (dot < 0 || nameKey(spelling.slice(0, dot)) !== nameKey(klass.name)) return undefined;
  return findPlaybook(klass, spelling.slice(dot + 1));
}
