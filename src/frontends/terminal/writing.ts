import type { EventFact } from "../../session/mod.ts";

/** What an agent's model writes at the moment. */
interface Writing {
  /** Turns that are under way. */
  readonly turns: number;
  /** Two turns of the agent wrote at once: whose text is whose cannot be told. */
  readonly mixed: boolean;
  readonly text: string;
}

/** What models write, by agent, in the order in which they began. */
export type Writings = ReadonlyMap<string, Writing>;

/** What is being written after an event. */
export function applyToWritings(writings: Writings, event: EventFact): Writings {
  if (!("agent" in event)) return writings;
  const { agent } = event;
  const writing = writings.get(agent);
  switch (event.type) {
    case "turn": {
      const turns = (writing?.turns ?? 0) + 1;
      return new Map([...writings, [agent, { turns, mixed: turns > 1, text: "" }]]);
    }
    case "text":
      if (writing === undefined || writing.mixed) return writings;
      return new Map([...writings, [agent, { ...writing, text: writing.text + event.text }]]);
    case "retrying":
      // The answer starts over.
      if (writing === undefined) return writings;
      return new Map([...writings, [agent, { ...writing, text: "" }]]);
    case "completion": {
      if (writing !== undefined && writing.turns > 1) {
        return new Map([...writings, [agent, { ...writing, turns: writing.turns - 1 }]]);
      }
      return new Map([...writings].filter(([id]) => id !== agent));
    }
    default:
      return writings;
  }
}
