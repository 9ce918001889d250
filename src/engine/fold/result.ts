import type { UncertainEffect } from "../event.ts";

/** How a run ended. All but `completed` and `failed` can be resumed. */
export type RunResult =
  | { readonly kind: "completed" }
  | { readonly kind: "failed"; readonly reason: string }
  | { readonly kind: "waiting"; readonly for: readonly string[] }
  | { readonly kind: "interrupted" }
  | { readonly kind: "model"; readonly message: string }
  | { readonly kind: "limit"; readonly message: string }
  | { readonly kind: "input"; readonly message: string }
  | { readonly kind: "uncertain"; readonly effect: UncertainEffect }
  | Divergence;

/** The first call of a code playbook in flight that is not what it was before the source was edited. */
export interface Divergence {
  readonly kind: "diverged";
  readonly frame: string;
  readonly ordinal: number;
  readonly playbook: string;
  /** The call as the journal has it, and as the edited code makes it (absent: it makes none). */
  readonly before: string;
  readonly now?: string;
  readonly line?: number;
}
