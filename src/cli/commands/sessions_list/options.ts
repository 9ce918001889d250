import type { SessionFilter } from "../../session_filter.ts";

/** Orders of the list. */
export const sortOrders = ["age", "started", "cost", "size", "name", "status"] as const;

/** The options of `playbooks sessions list`. */
export interface ListOptions {
  readonly json: boolean;
  readonly config?: string;
  /** A text in the name, the id or the names of the program files. */
  readonly text?: string;
  readonly filter?: SessionFilter;
  /** 0: all. */
  readonly limit?: number;
  readonly sort?: typeof sortOrders[number];
}
