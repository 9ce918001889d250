import type { UncertainEffect } from "../event.ts";

/** How a run ended. All kinds except `completed` and `failed` can be resumed. */
export type RunResult =
  | { readonly kind: "completed" }
  | { readonly kind: "failed"; readonly reason: string }
  /** For persons, or until a time (ms since 1970) at which it goes on by itself. */
  | { readonly kind: "waiting"; readonly for: readonly string[]; readonly untilMs?: number }
  | { readonly kind: "interrupted" }
  | { readonly kind: "model"; readonly message: string }
  | { readonly kind: "limit"; readonly message: string }
  | { readonly kind: "input"; readonly message: string }
  /** A tool server cannot be reached. */
  | { readonly kind: "tools"; readonly message: string }
  | { readonly kind: "uncertain"; readonly effect: UncertainEffect }
  | Divergence;

/** The first call of a code playbook in flight that differs from the call before the edit. */
export interface Divergence {
  readonly kind: "diverged";
  readonly frame: string;
  readonly ordinal: number;
  readonly playbook: string;
  /** The call in the journal, and the call of the edited code (absent: there is none). */
  readonly before: string;
  readonly now?: string;
  readonly line?: number;
}
