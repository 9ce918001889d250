import { nearestName } from "../nearest_name.ts";
import type { AgentClass, Playbook } from "../program.ts";
import { type CheckContext, placeOfKey } from "./context.ts";

const agentKeys = ["startup_mode", "remote", "model", "description"];
const personKeys = [
  "name",
  "delivery_channel",
  "streaming_enabled",
  "streaming_chunk_size",
  "buffer_messages",
  "buffer_timeout",
  "meeting_notifications",
  "delivery_handler",
  "description",
];
const playbookKeys = [
  "public",
  "hidden",
  "export",
  "meeting",
  "required_attendees",
  "optional_attendees",
  "execution_mode",
  "cli_entry",
  "model",
  "description",
  "read_only",
  "destructive",
  "idempotent",
  "open_world",
];

/**
 * Finds metadata keys that are a slip of a known key, or stand at the wrong heading. Other keys are the author's own, such
 * as `framework`, and may have any name.
 */
export function checkMetadataKeys(context: CheckContext): void {
  for (const agent of context.agents) {
    const known = agent.type === "Human" ? personKeys : agentKeys;
    checkKeys(context, agent, { known, other: playbookKeys, owner: "playbook" });
    for (const playbook of agent.playbooks) {
      checkKeys(context, playbook, { known: playbookKeys, other: agentKeys, owner: "agent" });
    }
  }
}

function checkKeys(
  context: CheckContext,
  entry: AgentClass | Playbook,
  { known, other, owner }: {
    readonly known: readonly string[];
    readonly other: readonly string[];
    readonly owner: string;
  },
): void {
  for (const key of Object.keys(entry.metadata)) {
    if (known.includes(key) || free.has(key)) continue;
    const plain = key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`).replaceAll("-", "_");
    const near = other.includes(key) ? undefined : nearestKey(plain, known);
    if (near === undefined && !other.includes(key)) continue;
    context.problems.push({
      severity: "warning",
      code: "unknown-key",
      message: near === undefined
        ? `"${key}" has no effect here: it is a key of a${owner === "agent" ? "n" : ""} ${owner}`
        : `"${key}" is not a key of this version`,
      hint: near === undefined ? `Move it below the heading of the ${owner}` : `Did you mean "${near}"?`,
      ...placeOfKey(context, entry, key),
    });
  }
}

/** The known key that `key` is a slip of. A short word is more often another word than a slip. */
function nearestKey(key: string, known: readonly string[]): string | undefined {
  const near = nearestName(key, known);
  return near === undefined || (near !== key && Math.min(near.length, key.length) < 5) ? undefined : near;
}

/** Keys that authors use for their own purposes at any heading. */
const free: ReadonlySet<string> = new Set(["name", "author", "version", "date", "tags", "metadata", "title"]);
