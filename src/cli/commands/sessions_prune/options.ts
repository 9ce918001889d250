import type { SessionFilter } from "../../session_filter.ts";

/** The options of `playbooks sessions prune`. */
export interface PruneOptions {
  readonly filter: SessionFilter;
  readonly olderThanMs?: number;
  readonly keep?: number;
  readonly maxBytes?: number;
  readonly unfinished: boolean;
  readonly trash: boolean;
  readonly yes: boolean;
  readonly json: boolean;
  readonly config?: string;
}
