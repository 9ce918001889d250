import type { EventFact } from "../../session/mod.ts";

/** The text that an agent's model is writing. */
interface Writing {
  /** Turns that are under way. */
  readonly turns: number;
  /** Two turns of the agent wrote at once, so their texts cannot be told apart. */
  readonly mixed: boolean;
  readonly text: string;
}

/** The texts that models are writing, by agent, in the order of their start. */
export type Writings = ReadonlyMap<string, Writing>;

/** The texts after an event. */
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
    case "withdrawn":
      // The answer starts again.
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
