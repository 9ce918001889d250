import type { Encoded } from "./values.ts";
import type { Limits } from "./host/limits.ts";

/** Opens scopes for untrusted JavaScript. Each scope runs one turn of one frame. */
export interface Sandbox {
  /** Never throws for an error in the code: the `end` of the first progress reports it. */
  open(options: ScopeOptions): Scope;
  /**
   * Restores a scope from its snapshot. This replaces `start` and all deliveries before the snapshot. The options must
   * be those of that scope. Returns `undefined` if the snapshot is damaged or from another version.
   */
  restore(options: ScopeOptions, snapshot: Uint8Array): Scope | undefined;
  /** Called often while code runs. If it returns true, the code stops at once and its scope is interrupted. */
  shouldInterrupt: () => boolean;
  /** Prepares the next scope. This takes some milliseconds, so call it during a wait. */
  warm(): void;
}

/** A builtin as the sandbox knows it. The engine's table gives these rows as plain data. */
export type SandboxBuiltin =
  /** A global object that the guest makes. */
  | { readonly kind: "value"; readonly name: string; readonly isUndeclared?: true }
  /** A name of the web platform that the guest's library has. The program's own names win over it. */
  | { readonly kind: "standard"; readonly name: string; readonly isUndeclared: true }
  /** A global function, and a method of `self`. */
  | {
    readonly kind: "function";
    readonly name: string;
    /** The arguments of a request: a value, an optional value (null if absent), or an agent class (by name). */
    readonly parameters: readonly ("value" | "optional" | "class")[];
    /** Errors do not list it among the names that there are. */
    readonly isUndeclared?: true;
    /** A playbook or an agent class of the same name replaces it. */
    readonly isYielding?: true;
    /** The names of each parameter. A model may call the function with named arguments. */
    readonly names?: readonly (readonly string[])[];
    /** The index of the parameter that takes an object of options. */
    readonly options?: number;
    /** The effect that it requests; absent if the guest does all of it. */
    readonly effect?: string;
    /** Whether it completes without `await`. */
    readonly needsNoAwait?: boolean;
  };

/** All input of a turn's code. It is plain data, so the same options give the same run. */
export interface ScopeOptions {
  readonly code: ScopeCode;
  /** Code blocks of the agent. */
  readonly module?: {
    readonly code: string;
    readonly helpers: readonly string[];
    readonly functions: readonly { readonly name: string; readonly implementation: string }[];
  };
  readonly self: { readonly id: string; readonly klass: string };
  /** The agent's variables at the start of the turn. They must not change, since the code reads them later. */
  readonly state: Readonly<Record<string, Encoded>>;
  /** The agent's own playbooks. Each is a global function and a method of `self`. */
  readonly playbooks: readonly string[];
  /** Those whose calls have the code's present locals; none by default. */
  readonly prompted?: readonly string[];
  /** Parameters of own playbooks by name, and of those of other classes as `Klass.Name`. */
  readonly parameters?: Readonly<Record<string, readonly string[]>>;
  /** Other agent classes with their public playbooks. Each class is a global with `getOrCreate` and these methods. */
  readonly classes: Readonly<Record<string, readonly string[]>>;
  /** Playbooks of classes that are not public. A call of one gets an error that says so. */
  readonly privates?: Readonly<Record<string, readonly string[]>>;
  /**
   * Ids of the meetings that the code is in, the innermost first. Code sees them as `meeting` and `self.activeMeetings`.
   * In `state` and in patches, `meeting 100` has the facts of a meeting, and `meeting 100: board` a key of its shared
   * state.
   */
  readonly meetings?: readonly string[];
  /** Own playbooks that begin a meeting. */
  readonly meetingPlaybooks?: readonly string[];
  /** Names of artifacts that become variables when they are saved; absent: all names. */
  readonly artifactVariables?: readonly string[];
  /** It includes the own class, for handles of other agents of that class. */
  readonly agents: readonly AgentReference[];
  /** Seeds `Math.random()`. */
  readonly seed: string;
  /** `Date.now()` until the first delivery, ms since 1970. */
  readonly nowMs: number;
  readonly limits: Limits;
  /** Whether requests have their lines. Lines take time, so ask for them only to show them. */
  readonly places?: boolean;
}

/** The code of a turn. */
export type ScopeCode =
  /** A model's JavaScript. Its top-level variables are locals. `locals` holds the existing ones. */
  | {
    readonly kind: "turn";
    readonly text: string;
    readonly locals: Readonly<Record<string, Encoded>>;
    /** The rules by which the code is read: with 2, calls are corrected and words are checked. 1 if absent. */
    readonly reading?: number | undefined;
  }
  /** A code playbook: calls `implementation` of the module and ends as `returned` with its value. */
  | { readonly kind: "function"; readonly implementation: string; readonly args: readonly Encoded[] }
  /** Placeholders: awaits them in order; ends as `returned` with their display texts. `locals` are the parameters. */
  | {
    readonly kind: "expressions";
    readonly expressions: readonly string[];
    /** The expressions as the program has them, for messages. */
    readonly sources?: readonly string[];
    /** The playbook that is called: `call` in an expression. */
    readonly playbook?: string;
    readonly locals: Readonly<Record<string, Encoded>>;
  };

/** An agent that code can hold: an object with its public playbooks as methods. */
export interface AgentReference {
  readonly id: string;
  readonly klass: string;
  /** The values that it was made with, as properties of the object. */
  readonly properties?: Readonly<Record<string, Encoded>>;
}

/** A running turn. Call `start`, `deliver` for each result in journal order, and `finish`. Always dispose it. */
export interface Scope extends Disposable {
  /** Whether the code was interrupted in the middle of a step. The result of that step is not known. */
  readonly isInterrupted: boolean;
  /** Whether a limit of time or memory ended the code. Missing requests are then no divergence. */
  readonly isCut: boolean;
  /** Runs until all code waits for results. */
  start(): Progress;
  /** Delivers one result, and runs until all code waits for results. */
  deliver(delivery: Delivery): Progress;
  /**
   * Delivers results in order, until the code ends or passes a limit. Returns all requests as one progress, without
   * notes and patches: those are known from the first run.
   */
  replay(deliveries: readonly Delivery[]): Progress;
  /**
   * Serialises a waiting scope for `Sandbox.restore`. Returns `undefined` if it is too large or its code has ended. The
   * scope can continue.
   */
  capture(): Uint8Array | undefined;
  /** Whether the code ran to its end and requests that it did not await are still open. */
  readonly hasEnded: boolean;
  /**
   * Whether a result of one of these open waits would have any effect. It tries made-up results. The scope cannot
   * continue after that: dispose it.
   */
  isObserved(waits: readonly OpenWait[]): boolean;
  /** Ends code that ran to its end, although waits are open. They get no result. */
  cancelWaits(): Progress;
  /** Returns the data that the frame keeps. Call it once, after the code has ended and no request is open. */
  finish(): Finish;
}

/** An open request that only waits. Cancelling it loses nothing. */
export interface OpenWait {
  readonly ordinal: number;
  /** A possible result, to which code would react. */
  readonly sampleResult: Encoded;
}

/** The actions of the code since the last progress, bounded by `Limits`. */
export interface Progress {
  /** Requested effects in order. Ordinals count from 1 in the turn. */
  readonly requests: readonly EffectRequest[];
  /** Variables of the agent that the code set or deleted. */
  readonly patch: StatePatch;
  readonly notes: readonly Note[];
  /**
   * Present once. After `returned`, `exited` or a passed limit, requests may still be open. Code that ran to its end,
   * or threw, ends when its last open request has a result: until then, a request may lead to a `Return`.
   */
  readonly end?: TurnEnd;
}

/**
 * Changes by top-level key of the agent's state: the new value, the items added at the end of an otherwise unchanged
 * list, or `null` for a deleted key. `{}` means no change.
 */
export type StatePatch = Readonly<
  Record<string, { readonly value: Encoded } | { readonly append: readonly Encoded[] } | null>
>;

/**
 * A requested effect, by name and arguments. An absent argument is an encoded `undefined`, or null:
 *
 *     Say [target, text]                        CreateAgent [klass, properties or null]
 *     Yield [target or targets, options or null] SaveArtifact [name, summary, content]
 *     WaitForMessage [source]                   LoadArtifact [name]
 *     Sleep [seconds]                           LoadFile [path, options or null]
 *     InviteToMeeting [meeting, agents]         GetOrCreate [klass]
 *     Fetch [url, {method, headers, body}]: resolves to an encoded `response`, or to an object with its fields
 *     Call [target, playbook, arguments]: the target is an encoded agent, the name of a class, or null for one's own
 */
export interface EffectRequest {
  readonly ordinal: number;
  readonly name: string;
  readonly args: readonly Encoded[];
  /** The line of the request in the turn's code, or in the module for a code playbook. Absent without `places`. */
  readonly line?: number;
  /** Only for a call of one of `ScopeOptions.prompted`: the code's locals, without long ones. */
  readonly locals?: Readonly<Record<string, Encoded>>;
}

/** A remark of the code about itself. It has no result and needs no own entry. */
export type Note =
  | { readonly kind: "step"; readonly text: string }
  | { readonly kind: "trigger"; readonly text: string }
  | { readonly kind: "log"; readonly text: string };

/** A result for the code. */
export interface Delivery {
  readonly ordinal: number;
  /** The value `{"$type":"asked"}` means the artifact of the request: `SaveArtifact` with three strings. */
  readonly outcome: Outcome;
  /** Changes of the agent's state by other threads since this turn's last progress. */
  readonly patch: StatePatch;
  /** Agents created since the last delivery. */
  readonly agents: readonly AgentReference[];
  /** The time of the entry in ms since 1970. `Date.now()` returns it from here on. */
  readonly nowMs: number;
}

/** The result of an effect: an encoded value, or an error that the code can catch. */
export type Outcome =
  | { readonly ok: true; readonly value: Encoded }
  | { readonly ok: false; readonly error: { readonly name: string; readonly message: string } };

/** The end of a turn's code. After `returned` and `exited` the code can have no further effect. */
export type TurnEnd =
  | { readonly kind: "ended" }
  | { readonly kind: "returned"; readonly value: Encoded; readonly summary?: string }
  | { readonly kind: "exited" }
  | { readonly kind: "threw"; readonly error: CodeError };

/** An error in the code of a model or a user, with its place. */
export interface CodeError {
  readonly name: string;
  readonly message: string;
  /** Counts from 1 in the original code; absent if not known. */
  readonly line?: number;
  readonly column?: number;
  /** The index of the expression that failed. */
  readonly expression?: number;
}

/**
 * The data that a frame keeps of a turn: all its locals, also those that the code did not touch. Or an error: a local
 * cannot be kept, or no code handled an error of the turn. After a `Return` and after a limit, the locals are those of
 * the start.
 */
export type Finish =
  | { readonly ok: true; readonly locals: Readonly<Record<string, Encoded>>; readonly patch: StatePatch }
  | { readonly ok: false; readonly error: CodeError };
