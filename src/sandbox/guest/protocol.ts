import type { Note, StatePatch, TurnEnd } from "../sandbox.ts";
import type { Encoded } from "../values.ts";

/*
 * What crosses the border between the host and the guest.
 *
 * What the code asks for is kept as text until the host collects it, so the host reads no object of the guest's.
 */

/** Which agent an object stands for. */
export interface AgentIdentity {
  readonly id: string;
  readonly klass: string;
}

/** What others did to a key of the state: a new value, or items added to a list; encoded. */
export type StateChange = { readonly value: unknown } | { readonly append: readonly unknown[] };

/** An error as the guest tells it: places are those of the code as it runs. */
export interface RawError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
}

/** What a scope is made from, in the form in which it crosses the border: as JSON. State and agents are asked for. */
export interface GuestSetup {
  readonly self: { readonly id: string; readonly klass: string };
  readonly playbooks: readonly string[];
  readonly classes: Readonly<Record<string, readonly string[]>>;
  readonly seed: string;
  readonly nowMs: number;
  readonly outputCharacters: number;
  readonly openRequests: number;
  readonly effects: number;
  readonly effectsSetting: string;
  readonly shortSleeps: number;
  readonly shortSleepSeconds: number;
  /** Requests tell their places. */
  readonly places: boolean;
  /** Locals that the code mentions, encoded. */
  readonly locals: Record<string, unknown>;
  /** Locals of earlier turns that were not kept and that this code does not declare. */
  readonly gone: readonly string[];
}

/**
 * A delivery on its way in: ordinal, time, whether it is a value, the value or the error, what others changed, and new
 * agents; the last two are left out together. Of a result that is `undefined` there are ordinal and time, and `true` after
 * them says that it is what was asked for. An array, as nobody can give it a member that it does not have.
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

/** What happened, on its way out, parsed: requests, the patch, notes, and the end, if that has come. */
export type GuestProgress = readonly [
  requests: readonly (readonly [name: string, args: readonly Encoded[], ordinal: number, place?: string])[],
  patch: StatePatch,
  notes: readonly { readonly kind: Note["kind"]; readonly values: readonly Encoded[] }[],
  end?: GuestEnd | null,
  /** With `end`: nothing that the code does from here on has an effect. */
  closed?: boolean,
];

/** The end of the code, with raw places. */
export type GuestEnd =
  | Exclude<TurnEnd, { kind: "threw" }>
  | { readonly kind: "threw"; readonly error: RawError; readonly expression?: string };

/** What the host calls; texts are JSON. */
export interface GuestControl {
  /** Makes a guest that is new into that of a scope: called once, before all others. */
  begin(setupText: string): void;
  /** Evaluates a module, and makes its helpers global. */
  load(module: (support: TurnSupport) => () => Record<string, () => unknown>, helpersText: string): void;
  /** Runs a turn's code. */
  runTurn(main: (support: TurnSupport) => Promise<unknown>): void;
  /** Calls a function of the module. */
  runFunction(implementation: string, argsText: string): void;
  /** Evaluates expressions, one after the other. */
  runExpressions(main: (support: TurnSupport) => Promise<unknown>): void;
  /** Takes over one {@linkcode GuestDelivery}. */
  deliver(text: string): void;
  /** Takes over a result that is `undefined`, or, when `isAsked`, what was asked for. */
  give(ordinal: number, nowMs: number, isAsked: boolean): void;
  /** Takes over a list of them, for `next`. */
  replay(text: string): void;
  /** Takes over the next one of the list. When it gives `true` it has not: something is to be collected first. */
  next(): boolean;
  /** The same as `collect`, of the requests that were made before the last `next`: for code that had to be stopped. */
  salvage(): string;
  /**
   * What happened since the last call, as the text of a {@linkcode GuestProgress}; or of its requests alone, without brackets
   * around them, when that is all.
   */
  collect(): string;
  /** Whether the code has run to its end while effects that it did not await are open. */
  hasEnded(): boolean;
  /** Gives made-up results, a list of `[ordinal, value]`, to open waits: to see with `isUnmoved` what comes of them. */
  probe(text: string): void;
  /** Whether nothing came of the probe that anybody but the code itself could see, its patch aside. */
  isUnmoved(): boolean;
  /** Ends the turn though waits are open: none of them gets a result. */
  cancelWaits(): void;
  settle(): void;
  finish(): string;
}

/** What rewritten code refers to, under a name that the code itself does not use. */
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
  /** Notes the value of a statement, which nobody else may look at, and gives it back. */
  f(value: unknown): unknown;
  /** An expression begins. */
  b(source: string): void;
  /** The value of an expression. */
  e(value: unknown): void;
}
