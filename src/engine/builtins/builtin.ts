import type { Program } from "../../language/mod.ts";
import type { Encoded } from "../../sandbox/mod.ts";
import type { Outcome } from "../../sandbox/sandbox.ts";
import type { Did, Firing, NewAgent, NewFrame, NewMeeting, Wait } from "../fold/entry.ts";
import type { RuntimeSettings } from "../fold/settings.ts";
import type { Frame, State } from "../fold/state.ts";
import type { EngineWorld } from "../world.ts";

/** A row of the table of builtins. `name` is the name in the program's code; `doc` is one sentence for the documents. */
export type Builtin = FunctionBuiltin | ValueBuiltin | StandardBuiltin | PlaybookBuiltin;

/** A function that code calls. */
export type FunctionBuiltin = TurnBuiltin | EffectBuiltin;

/** A parameter of a builtin, as its declaration shows it. */
export interface BuiltinParameter {
  readonly name: string;
  readonly type: string;
  /** Code may leave it out. The journal then holds null for it. */
  readonly optional?: true;
  /** The prompt does not declare it; only programs use it. */
  readonly isUndeclared?: true;
  /** An agent class is accepted too and is replaced by its name. */
  readonly acceptsClass?: true;
  /** Other names that models use for it when they write a call as JSON. */
  readonly alsoNamed?: readonly string[];
}

interface Declared {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly parameters: readonly BuiltinParameter[];
  readonly returns: string;
  /** A comment beside the declaration in the prompt. */
  readonly comment?: string;
  /** The prompt does not declare it, but programs may use it. */
  readonly isUndeclared?: true;
  /** The program's own names win over it, so it is not reserved. */
  readonly isYielding?: true;
  /**
   * The prompt declares it if the session has a permission of this kind. Combine it with `isUndeclared`. Nothing else
   * checks the permission: `perform` must refuse a call that it does not allow.
   */
  readonly permission?: keyof RuntimeSettings["permissions"];
  readonly doc: string;
}

/** The sandbox handles it alone: it notes a step or a trigger, or ends the turn. It requests no effect. */
export interface TurnBuiltin extends Declared {
  readonly kind: "turn";
}

/** It requests an effect, and the journal records it. */
export type EffectBuiltin = InsideBuiltin | WaitBuiltin | OutsideBuiltin;

interface Effect extends Declared {
  /** The name of the effect in the journal; by default `name`. */
  readonly effect?: string;
  /** No global has this name: the sandbox requests the effect itself, for a call of a playbook or of `getOrCreate`. */
  readonly isInternal?: true;
  /** The call already says everything, so the next prompt does not list its result. */
  readonly isSilent?: true;
  /**
   * How the next prompt shows the result for these arguments. A `value` (the default) is whole up to the threshold,
   * `words` up to some thousands of characters, a `page` as far as the window allows; `artifact` is what `LoadArtifact`
   * gives.
   */
  readonly shows?: (args: readonly Encoded[]) => "value" | "words" | "page" | "artifact";
  /** The effect happens without `await` too, so a missing `await` is not reported. */
  readonly needsNoAwait?: true;
  /** Decides what the effect does. A mistake of the code becomes an outcome that the code can catch, never a throw. */
  readonly perform: (args: readonly Encoded[], context: EffectContext) => Performed;
}

/**
 * The result follows from the state. It is delivered before the journal is synced, unless the effect also shows words,
 * sends a message or creates an agent: then it waits for the sync.
 */
export interface InsideBuiltin extends Effect {
  readonly kind: "inside";
}

/** It waits for a message or for a time. A cancelled wait loses nothing. */
export interface WaitBuiltin extends Effect {
  readonly kind: "wait";
  /** A sample result: the sandbox tries it to see whether any code still depends on the wait. */
  readonly sampleResult: Encoded;
}

/** It reads or changes the world, so its result is delivered after the journal is synced. */
export interface OutsideBuiltin extends Effect {
  readonly kind: "outside";
  /**
   * Does the slow work, after `perform` returned `start`. It runs again if the process died before the result was
   * journaled, and the wait is `repeatable` or a person decides so. Absent if `perform` gives the result at once.
   */
  readonly send?: (args: readonly Encoded[], context: SendContext) => Promise<Sent>;
  /** The value of the outcome, from a result that a person gives. The same value if absent. */
  readonly valueOfGiven?: (given: Encoded, args: readonly Encoded[]) => Encoded;
}

/** An object in the global scope of code; the sandbox makes it. The prompt declares `type`. */
export interface ValueBuiltin {
  readonly kind: "value";
  readonly name: string;
  readonly type?: string;
  /** A comment beside the declaration in the prompt. */
  readonly comment?: string;
  readonly doc: string;
}

/**
 * A name of the web platform, such as `URL`. The sandbox makes it when code first uses it. It requests no effect of its
 * own, and a replay gives the same values. A program's own names win over it, so it is not reserved.
 */
export interface StandardBuiltin {
  readonly kind: "standard";
  readonly name: string;
  readonly doc: string;
}

/** A playbook that the runtime calls. */
export interface PlaybookBuiltin {
  readonly kind: "playbook";
  readonly name: string;
  readonly doc: string;
}

/** The decision about an effect: a result at once, a start of slow work, or a call of a playbook. */
export type Performed =
  | { readonly kind: "result"; readonly outcome: Outcome; readonly did?: Did }
  | { readonly kind: "start"; readonly wait: Wait }
  | {
    readonly kind: "call";
    readonly callee: NewFrame;
    readonly created?: NewAgent;
    /** The trigger that the call is for. */
    readonly fires?: Firing;
    /** The meeting that the callee owns. */
    readonly meeting?: NewMeeting;
  };

/** The data that `perform` reads. It changes none of it. */
export interface EffectContext {
  readonly state: State;
  readonly frame: Frame;
  /** The variables of the frame's agent, as the code sees them. */
  readonly variables: Readonly<Record<string, Encoded>>;
  /** Identifies this effect among all effects of all sessions. An outside effect sends it as its idempotency key. */
  readonly key: string;
  /** The frame's program, with the classes of agents that use an older source. */
  readonly program: Program;
  /** The versions of the program in which definitions are looked up, in this order. */
  readonly texts: readonly HashedProgram[];
  readonly nowMs: number;
  /** Words shown to people in this minute. */
  readonly wordsInMinute: number;
  readonly world: EngineWorld;
}

/** A program and the hash of its source. */
export interface HashedProgram {
  readonly program: Program;
  readonly source: string;
}

/** The data for `send`. */
export interface SendContext {
  readonly world: EngineWorld;
  readonly settings: RuntimeSettings;
  /** The idempotency key. A repeated request sends the same one. */
  readonly key: string;
  readonly signal: AbortSignal;
  /** The wait that `perform` gave. */
  readonly wait: Extract<Wait, { kind: "outside" }>;
  /** `again`: an earlier run began it, and its result is not known. `forced`: a person or a setting decided to repeat it. */
  readonly attempt: "first" | "again" | "forced";
}

/** The end of an outside effect. */
export type Sent =
  | { readonly kind: "result"; readonly outcome: Outcome }
  /** It changes something, it may have reached the world, and no answer arrived. */
  | { readonly kind: "lost"; readonly why: string };

export const undefinedValue: Encoded = { $type: "undefined" };

/** A result at once; `did` is its side effect. */
export function succeed(value: Encoded, did?: Did): Performed {
  return { kind: "result", outcome: { ok: true, value }, ...(did ? { did } : {}) };
}

/** An error that the code can catch. */
export function refuse(name: string, message: string): Performed {
  return { kind: "result", outcome: { ok: false, error: { name, message } } };
}

/** Whether an argument is absent, an empty text, null or `undefined`. */
export function isMissing(value: Encoded | undefined): boolean {
  if (value === undefined || value === null || value === "") return true;
  return typeof value === "object" && "$type" in value && value["$type"] === "undefined";
}

/** Text from code for a message: long text is cut. */
export function shortened(text: string): string {
  return text.length <= maxQuotedCharacters ? text : `${text.slice(0, maxQuotedCharacters)}…`;
}

const maxQuotedCharacters = 200;

/** The latest time that a wait can end, ms since 1970: the largest that a `Date` can hold. */
export const maxTimeMs = 8.64e15;
