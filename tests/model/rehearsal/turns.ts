import type { RequestedTurn } from "../../../src/model/mod.ts";
import type { AgentClass, Playbook, Program } from "../../../src/language/mod.ts";

/** The facts of a turn of a playbook, without values. */
export function turnOf(
  program: Program,
  agentClass: AgentClass,
  playbook: Playbook,
  more: Partial<RequestedTurn> = {},
): RequestedTurn {
  return {
    turn: 1,
    agentClass,
    classes: program.agents,
    playbook,
    stack: [playbook.name],
    args: {},
    state: {},
    locals: {},
    ...more,
  };
}
