import type { Receiver } from "./names.ts";
import type { ValuePlace } from "./scope.ts";

/** The action of one clause of a step. Texts and values are JavaScript; only `said` holds the clause's own words. */
export type Action =
  | {
    readonly kind: "say";
    readonly target: Receiver;
    readonly said: string;
    readonly quoted: boolean;
    readonly asks: Asks;
  }
  | {
    readonly kind: "wait";
    readonly target: Receiver | undefined;
    readonly place?: ValuePlace;
    readonly timeout?: string;
  }
  | { readonly kind: "sleep"; readonly seconds: string }
  | { readonly kind: "set"; readonly place: ValuePlace; readonly value: string; readonly result: boolean }
  | { readonly kind: "run"; readonly code: string }
  | {
    readonly kind: "create";
    readonly klass: string;
    readonly properties: string;
    readonly place: ValuePlace;
  }
  | { readonly kind: "retry"; readonly said: string }
  | { readonly kind: "return"; readonly value: string }
  | { readonly kind: "exit" }
  | { readonly kind: "break" }
  | { readonly kind: "nothing" };

/** The answer that a said clause asks for: `undefined` for none, else the places for the answers, perhaps none. */
type Asks = readonly ValuePlace[] | undefined;

/** The clause has no effect. */
export const nothing: Action = { kind: "nothing" };
