import { GrowingList } from "../store/mod.ts";
import type { Encoded } from "../sandbox/mod.ts";
import type { StoredFrame, StoredState } from "./fold/stored_state.ts";
import type { Agent } from "./fold/state.ts";

// Long lists in a checkpoint: variables only grow at the end or are replaced. So a checkpoint shares the earlier items
// with the checkpoints before it.

/** Shorter lists are not marked. */
const minListLength = 64;

/** A state for a checkpoint (see `storedState`) with the long lists of its variables marked. It shares the rest. */
export function markLists(state: StoredState): StoredState {
  const frames: Record<string, StoredFrame> = {};
  // The variables at a turn's start come first: a chunk that ends with them also serves the present variables.
  for (const [id, frame] of Object.entries(state.frames)) {
    const { running } = frame;
    frames[id] = running ? { ...frame, running: { ...running, state: marked(running.state) } } : frame;
  }
  const agents: Record<string, Agent> = {};
  for (const [id, agent] of Object.entries(state.agents)) {
    const variables = marked(agent.state);
    agents[id] = variables === agent.state ? agent : { ...agent, state: variables };
  }
  // Frames come before agents because of that order.
  const { frames: _, agents: __, ...rest } = state;
  return { ...rest, frames, agents };
}

function marked(variables: Agent["state"]): Agent["state"] {
  const long = Object.entries(variables).filter(([, value]) =>
    Array.isArray(value) && value.length >= minListLength
  );
  if (long.length === 0) return variables;
  const lists = long.map(([key, value]) => [key, new GrowingList(value as readonly Encoded[])]);
  return { ...variables, ...Object.fromEntries(lists) };
}
