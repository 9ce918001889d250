import type { Note, StatePatch, TurnEnd } from "../sandbox.ts";
import type { Encoded } from "../values.ts";

/*
 * The data that crosses the border between host and guest.
 *
 * The guest keeps requests as text until the host collects them, so the host reads no object of the guest.
 */

/** The identity of an agent. */
export interface AgentIdentity {
  readonly id: string;
  readonly klass: string;
  /** The values that it was made with, encoded; absent if there are none. */
  readonly properties?: Readonly<Record<string, unknown>>;
}

/** A change of a key of the state by others, encoded: a new value, or items added to a list. */
export type StateChange = { readonly value: unknown } | { readonly append: readonly unknown[] };

/** An error from the guest. Its places are those of the rewritten code. */
export interface RawError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
}

/** The data of a scope, as it crosses the border in JSON. The guest asks for state and agents separately. */
export interface GuestSetup {
  readonly self: { readonly id: string; readonly klass: string };
  readonly playbooks: readonly string[];
  /** Playbooks whose calls have the code's present locals. */
  readonly prompted: readonly string[];
  readonly classes: Readonly<Record<string, readonly string[]>>;
  /** The meetings that the code is in, the innermost first; absent if there are none. */
  readonly meetings?: readonly string[];
  /** Own playbooks that begin a meeting; absent if there are none. */
  readonly meetingPlaybooks?: readonly string[];
  /** Names of artifacts that become variables; absent: all names. */
  readonly artifactVariables?: readonly string[];
  readonly seed: string;
  readonly nowMs: number;
  readonly outputCharacters: number;
  readonly openRequests: number;
  readonly effects: number;
  readonly effectsSetting: string;
  readonly shortSleeps: number;
  readonly shortSleepSeconds: number;
  /** Whether requests have their places. */
  readonly places: boolean;
  /** Locals that the code mentions, encoded. */
  readonly locals: Record<string, unknown>;
  /** Locals of earlier turns that were not kept. This code does not declare them. */
  readonly gone: readonly string[];
}

/**
 * A delivery to the guest: ordinal, time, whether it is a value, the value or the error, changes by others, new agents.
 * The last two are absent together. A result `undefined` has only ordinal and time. A third item `true` says that the
 * result is the requested artifact. It is an array, so its length shows which items are present, whatever code does to
 * prototypes.
 */
export type GuestDelivery =
  | readonly [ordinal: number, nowMs: number]
  | readonly [ordinal: number, nowMs: number, isAsked: true]
  | readonly [ordinal: number, nowMs: number, isValue: boolean, value: unknown]
  | readonly [
    ordinal: number,
    nowMs: number,
    isValue: boolean,
    value: unknown,
    patch: Record<string, StateChange | null>,
    agents: readonly AgentIdentity[],
  ];

/** A progress from the guest, parsed: requests, the patch, notes, and the end if the code has ended. */
export type GuestProgress = readonly [
  requests: readonly (readonly [
    name: string,
    args: readonly Encoded[],
    ordinal: number,
    place?: string | null,
    locals?: Readonly<Record<string, Encoded>>,
  ])[],
  patch: StatePatch,
  notes: readonly { readonly kind: Note["kind"]; readonly values: readonly Encoded[] }[],
  end?: GuestEnd | null,
  /** With `end`: no further code has an effect. */
  closed?: boolean,
];

/** The end of the code, with the places of the rewritten code. */
export type GuestEnd =
  | Exclude<TurnEnd, { kind: "threw" }>
  | {
    readonly kind: "threw";
    readonly error: RawError;
    readonly expression?: string;
    readonly index?: number;
  };

/** The functions that the host calls. Texts are JSON. */
export interface GuestControl {
  /** Prepares a new guest for a scope. It is called once, before all others. */
  begin(setupText: string): void;
  /** Loads the library, for an image that contains it. */
  preload(): void;
  /** Evaluates a module and makes its helpers global. */
  load(module: (support: TurnSupport) => () => Record<string, () => unknown>, helpersText: string): void;
  /** Runs a turn's code. */
  runTurn(main: (support: TurnSupport) => Promise<unknown>): void;
  /** Calls a function of the module. */
  runFunction(implementation: string, argsText: string): void;
  /** Evaluates expressions in order. */
  runExpressions(main: (support: TurnSupport) => Promise<unknown>): void;
  /** Delivers one {@linkcode GuestDelivery}. */
  deliver(text: string): void;
  /** Delivers `undefined`, or with `isAsked` the requested artifact. */
  give(ordinal: number, nowMs: number, isAsked: boolean): void;
  /** Stores a list of deliveries for `next`. */
  replay(text: string): void;
  /** Delivers the next one of the list. Returns `true` if it delivered nothing, since the host must collect first. */
  next(): boolean;
  /** Like `collect`, but only for the requests from before the last `next`. It is for code that the host stopped. */
  salvage(): string;
  /**
   * Returns the text of a {@linkcode GuestProgress} since the last call. If it has only requests, returns the requests
   * without brackets.
   */
  collect(): string;
  /** Whether the code ran to its end and effects that it did not await are still open. */
  hasEnded(): boolean;
  /** Gives made-up results, as a list of `[ordinal, value]`, to open waits. `isUnmoved` then compares. */
  probe(text: string): void;
  /** Whether the probe had no effect that is visible outside the code. It ignores the patch. */
  isUnmoved(): boolean;
  /** Ends the turn although waits are open. They get no result. */
  cancelWaits(): void;
  settle(): void;
  finish(): string;
}

/** The functions that rewritten code calls, through a name that the original code does not use. */
export interface TurnSupport {
  /** A local of an earlier turn. */
  g(name: string): unknown;
  /** The readers of all locals of this turn. */
  k(readers: Record<string, () => unknown>): void;
  /** `return` at the top level. */
  r(value?: unknown): never;
  /** An assignment to a constant. */
  c(name: string): never;
  /** An error leaves an async function. */
  t(error: unknown): unknown;
  /** An error is caught. */
  s(error: unknown): void;
  /** Notes and returns the value of a statement. If it is a promise, no other code may handle its error. */
  f(value: unknown): unknown;
  /** A value from which code makes words; throws if it gives none. See `checkedWord`. */
  w(value: unknown, source: string, reasons: () => Record<string, unknown>, bits: number): unknown;
  /** The texts of several values, joined. */
  j(...values: unknown[]): string;
  /** The arguments of a call with named ones. See `namedArguments`. */
  a(
    names: readonly (readonly string[])[],
    options: number | undefined,
    positional: readonly unknown[],
    named: Record<string, unknown>,
  ): unknown[];
  /** An expression begins: its text in the program, and its index. */
  b(source: string, index: number): void;
  /** A variable of the agent. A missing one is an error, unless the expression only tests it. */
  v(name: string, isTested?: boolean): unknown;
  /** The value of an expression. */
  e(value: unknown): void;
}
