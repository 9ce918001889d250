import type { EffectRequest } from "../../sandbox/sandbox.ts";
import { boundsOf, wordsIn } from "../bounds.ts";
import type { Did } from "../fold/entry.ts";
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
  if (did?.kind === "said" && wordsInMinute + wordsIn(did.text) > maxWordsPerMinute) {
    return `more than ${maxWordsPerMinute} words to people in one minute (limits.max_words_per_minute); nobody reads so fast`;
  }
  if (did?.kind === "sent" && (state.agents[did.message.to]?.inbox.length ?? 0) >= maxInboxMessages) {
    return `${maxInboxMessages} messages wait for agent ${did.message.to} already (limits.max_inbox_messages)`;
  }
  const creates = performed.kind === "call"
    ? performed.created
    : did?.kind === "created" || createsReceiver(did);
  if (creates && Object.keys(state.agents).length >= maxAgents) {
    return `there are ${maxAgents} agents already (limits.max_agents)`;
  }
  return undefined;
}

function createsReceiver(did: Did | undefined): boolean {
  return did?.kind === "sent" && did.created !== undefined;
}
