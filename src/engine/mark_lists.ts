import { GrowingList } from "../store/mod.ts";
import type { Encoded } from "../sandbox/mod.ts";
import type { StoredFrame, StoredState } from "./fold/stored_state.ts";
import type { Agent } from "./fold/state.ts";

// Long lists in a checkpoint: variables are only ever added to at the end, or replaced, so a checkpoint shares with those
// before it the items that were there already.

/** Items above which a list is worth a look. */
const shortest = 64;

/** A state for a checkpoint, as `storedState` gives it, with the long lists of its variables marked; it shares the rest. */
export function markLists(state: StoredState): StoredState {
  const frames: Record<string, StoredFrame> = {};
  // What a turn began with comes first: a chunk that ends where that does serves the variables of now as well.
  for (const [id, frame] of Object.entries(state.frames)) {
    const { running } = frame;
    frames[id] = running ? { ...frame, running: { ...running, state: marked(running.state) } } : frame;
  }
  const agents: Record<string, Agent> = {};
  for (const [id, agent] of Object.entries(state.agents)) {
    const variables = marked(agent.state);
    agents[id] = variables === agent.state ? agent : { ...agent, state: variables };
  }
  // Frames stand before agents for the sake of that order.
  const { frames: _, agents: __, ...rest } = state;
  return { ...rest, frames, agents };
}

function marked(variables: Agent["state"]): Agent["state"] {
  const long = Object.entries(variables).filter(([, value]) =>
    Array.isArray(value) && value.length >= shortest
  );
  if (long.length === 0) return variables;
  const lists = long.map(([key, value]) => [key, new GrowingList(value as readonly Encoded[])]);
  return { ...variables, ...Object.fromEntries(lists) };
}
