import type { EffectRequest } from "../../sandbox/sandbox.ts";
import { boundsOf, wordsIn } from "../bounds.ts";
import type { Did, Message } from "../fold/entry.ts";
import { participatingAgents } from "../fold/meetings.ts";
import type { State } from "../fold/state.ts";
import { type EffectContext, type Performed, refuse } from "./builtin.ts";
import { effectNamed } from "./table.ts";

/** Decides what an effect does. A mistake of the code becomes an outcome that the code can catch, never a throw. */
export function performEffect(request: EffectRequest, context: EffectContext): Performed {
  const effect = effectNamed(request.name);
  if (!effect) return refuse("ReferenceError", `There is no builtin ${request.name}`);
  const performed = effect.perform(request.args, context);
  const over = overBound(performed, context);
  return over === undefined ? performed : refuse("LimitError", over);
}

/** Names the bound of the session that an effect would exceed, if any. */
function overBound(performed: Performed, { state, wordsInMinute }: EffectContext): string | undefined {
  if (performed.kind === "start") return undefined;
  const did = performed.kind === "result" ? performed.did : undefined;
  const { maxAgents, maxInboxMessages, maxWordsPerMinute } = boundsOf(state.settings);
  const shown = did && wordsForPersons(did);
  if (shown !== undefined && wordsInMinute + wordsIn(shown) > maxWordsPerMinute) {
    return `more than ${maxWordsPerMinute} words to people in one minute (limits.max_words_per_minute); nobody reads so fast`;
  }
  const full = did?.kind === "sent"
    ? receiversOf(state, did.message).find((id) => (state.agents[id]?.inbox.length ?? 0) >= maxInboxMessages)
    : undefined;
  if (full !== undefined) {
    return `${maxInboxMessages} messages wait for agent ${full} already (limits.max_inbox_messages)`;
  }
  const count = newAgentsOf(performed);
  if (count > 0 && Object.keys(state.agents).length + count > maxAgents) {
    return `there are ${maxAgents} agents already (limits.max_agents)`;
  }
  return undefined;
}

/** The words of an effect that are for persons. */
export function wordsForPersons(did: Did): string | undefined {
  if (did.kind === "said") return did.text;
  return did.kind === "sent" && (did.hearers ?? did.held) ? did.message.text : undefined;
}

function receiversOf(state: State, { to, meeting }: Message): readonly string[] {
  return meeting === undefined ? [to] : participatingAgents(state.meetings![meeting]!);
}

/** The number of agents that an effect makes. */
function newAgentsOf(performed: Exclude<Performed, { kind: "start" }>): number {
  if (performed.kind === "call") {
    return (performed.created ? 1 : 0) + (performed.meeting?.created?.length ?? 0);
  }
  const { did } = performed;
  if (did?.kind === "invited") return did.created?.length ?? 0;
  return did?.kind === "created" || (did?.kind === "sent" && did.created) ? 1 : 0;
}
