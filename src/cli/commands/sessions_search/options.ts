import type { SessionFilter } from "../../session_filter.ts";

/** The options of `playbooks sessions search`. */
export interface SearchOptions {
  readonly text: string;
  readonly regex: boolean;
  readonly filter: SessionFilter;
  /** 0: all. */
  readonly limit?: number;
  readonly json: boolean;
  readonly config?: string;
}
