import { type Encoded, plainText } from "../../sandbox/mod.ts";
import type { Artifact } from "../fold/entry.ts";
import { meetingsOf } from "../fold/meetings.ts";
import { type Frame, type State, variablesSeenBy } from "../fold/state.ts";

/**
 * The text that a name means for a frame: an artifact of its agent, or a value of this turn's start, as
 * `state.x`, `locals.x`, `arguments.x`, or `sharedState.x` of its meeting. A name without an owner may be a
 * variable, too. Returns `undefined` for an unknown name.
 */
export function textNamed(name: string, state: State, frame: Frame): Artifact | undefined {
  const agent = state.agents[frame.agent];
  if (!agent) return undefined;
  if (Object.hasOwn(agent.artifacts, name)) return agent.artifacts[name];
  const [, owner = "state", key = name.replace(/^\$/, "")] =
    /^(state|locals|arguments|sharedState)\.([^]+)$/.exec(name) ?? [];
  const values: Readonly<Record<string, Encoded>> = owner === "state"
    ? variablesSeenBy(agent, frame)
    : owner === "sharedState"
    ? meetingsOf(state, frame)[0]?.state ?? {}
    : owner === "locals"
    ? frame.locals
    : frame.args;
  if (!Object.hasOwn(values, key)) return undefined;
  const value = values[key]!;
  const own = typeof value === "object" && value !== null && !Array.isArray(value)
    ? value as { readonly [key: string]: Encoded }
    : {};
  const summary = own["$type"] === "artifact" ? String(own["summary"]) : `The value of ${name}`;
  return { name, summary, content: plainText(value) };
}
