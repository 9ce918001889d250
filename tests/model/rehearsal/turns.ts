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

/** A turn of a playbook without steps. */
export const emptyTurn: RequestedTurn = {
  turn: 1,
  agentClass: { name: "Shop", title: "Shop", type: "AI", playbooks: [] },
  classes: [],
  playbook: {
    name: "Main",
    ...{ parameters: [], triggers: [], steps: [], metadata: {} },
    ...{ public: false, hidden: false, meeting: false },
  },
  stack: ["Main"],
  args: {},
  state: {},
  locals: {},
};
