import type { Receiver } from "./names.ts";
import type { ValuePlace } from "./scope.ts";

/** The action of one clause of a step. All values are JavaScript. */
export type Action =
  | { readonly kind: "say"; readonly target: Receiver; readonly text: string }
  /** Asks and waits for each place in turn. A question of `undefined` cannot be worded. */
  | {
    readonly kind: "ask";
    readonly target: Receiver;
    readonly questions: readonly (string | undefined)[];
    readonly places: readonly ValuePlace[];
  }
  | {
    readonly kind: "wait";
    readonly target: Receiver | undefined;
    readonly place?: ValuePlace;
    readonly timeout?: string;
  }
  | { readonly kind: "sleep"; readonly seconds: string }
  /** `isStandIn`: the value is only a description of what a model would find. */
  | { readonly kind: "set"; readonly place: ValuePlace; readonly value: string; readonly isStandIn?: boolean }
  | { readonly kind: "run"; readonly code: string }
  | {
    readonly kind: "create";
    readonly klass: string;
    readonly properties: string;
    readonly place: ValuePlace;
  }
  /** Asks again until the last result is valid. */
  | { readonly kind: "retry" }
  | { readonly kind: "return"; readonly value: string; readonly isStandIn?: boolean }
  | { readonly kind: "exit" }
  /** Leaves the loop, or ends the program outside of loops. */
  | { readonly kind: "stop" }
  | { readonly kind: "break" }
  /** Only a model can do it. */
  | { readonly kind: "unknown" }
  | { readonly kind: "nothing" };

/** The clause has no effect. */
export const nothing: Action = { kind: "nothing" };
