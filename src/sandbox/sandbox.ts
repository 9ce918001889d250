import type { Encoded } from "./values.ts";
import type { Limits } from "./host/limits.ts";

/** Opens scopes in which untrusted JavaScript runs, one scope for one turn of one frame. */
export interface Sandbox {
  /** Never throws for a fault of the code: the `end` of the first progress tells it. */
  open(options: ScopeOptions): Scope;
  /**
   * Opens a scope as it was when its snapshot was captured, instead of `start` and of all deliveries up to there. The options
   * must be those of that scope. Returns `undefined` if the snapshot is of another version, or damaged.
   */
  restore(options: ScopeOptions, snapshot: Uint8Array): Scope | undefined;
  /** Running code asks this often. If it returns true, the code stops at once, and its scope is interrupted. */
  shouldInterrupt: () => boolean;
  /** Prepares the next scope, which takes some milliseconds: call it while something else is awaited. */
  warm(): void;
}

/** A builtin as the sandbox knows it. The engine's table gives these rows as plain data. */
export type SandboxBuiltin =
  /** A global object that the guest makes. */
  | { readonly kind: "value"; readonly name: string }
  /** A global function, and a method of `self`. */
  | {
    readonly kind: "function";
    readonly name: string;
    /** The arguments that a request takes: as given, null if left out, or an agent class as its name. */
    readonly parameters: readonly ("value" | "optional" | "class")[];
    /** The effect that it asks for; absent if the guest does it alone. */
    readonly effect?: string;
    /** Code that does not await it has done it all the same. */
    readonly needsNoAwait?: boolean;
  };

/** All that a turn's code starts from. It is plain data, so the same options give the same run. */
export interface ScopeOptions {
  readonly code: ScopeCode;
  /** Code blocks of the agent. */
  readonly module?: {
    readonly code: string;
    readonly helpers: readonly string[];
    readonly functions: readonly { readonly name: string; readonly implementation: string }[];
  };
  readonly self: { readonly id: string; readonly klass: string };
  /** The agent's variables at the start of the turn. They are read when the code asks for them, so they never change. */
  readonly state: Readonly<Record<string, Encoded>>;
  /** Own playbooks, by name: each is a global function and a method of `self`. */
  readonly playbooks: readonly string[];
  /** Other agent classes, each with its public playbooks: each is a global with `getOrCreate` and these methods. */
  readonly classes: Readonly<Record<string, readonly string[]>>;
  /** Own class's public playbooks are in here too, under its name, for handles of other agents of the same class. */
  readonly agents: readonly AgentReference[];
  /** Seeds `Math.random()`. */
  readonly seed: string;
  /** `Date.now()` until the first delivery, ms since 1970. */
  readonly nowMs: number;
  readonly limits: Limits;
  /** Whether requests tell their lines, which takes time: for when somebody is to be told of them. */
  readonly places?: boolean;
}

/** The code of a turn. */
export type ScopeCode =
  /** A model's JavaScript; top-level variables are locals, and those in `locals` are there at the start. */
  | { readonly kind: "turn"; readonly text: string; readonly locals: Readonly<Record<string, Encoded>> }
  /** A code playbook: calls `implementation` of the module. Ends as `returned` with its value. */
  | { readonly kind: "function"; readonly implementation: string; readonly args: readonly Encoded[] }
  /** Placeholders: evaluated in order, awaited, as `returned` with an array of display texts. `locals` are the parameters. */
  | {
    readonly kind: "expressions";
    readonly expressions: readonly string[];
    readonly locals: Readonly<Record<string, Encoded>>;
  };

/** An agent that code may hold: encoded as `{"$type":"agent","id":…,"klass":…}`, decoded with its public playbooks as methods. */
export interface AgentReference {
  readonly id: string;
  readonly klass: string;
}

/** A running turn. `start` first, then `deliver` for each result in journal order, `finish` last; `dispose` always. */
export interface Scope extends Disposable {
  /** The code had to make way in the middle of a step: what that step did, and how it ended, is not known. */
  readonly isInterrupted: boolean;
  /** A bound of time or memory ended the code. Requests that follow in the journal are missing then, and that is no divergence. */
  readonly isCut: boolean;
  /** Runs until nothing can run without a result. */
  start(): Progress;
  /** Gives one result to the code that awaits it, and runs on until nothing can run without a result. */
  deliver(delivery: Delivery): Progress;
  /**
   * Gives results one after the other, as `deliver` would, up to one at which the code ends or meets a limit. All that the
   * code asked for is told as one progress, without its notes and patches, which are known from the first time.
   */
  replay(deliveries: readonly Delivery[]): Progress;
  /**
   * Serialises the scope while its code waits, for `Sandbox.restore`. Returns `undefined` if it is too large, or its code is
   * over. The scope can go on.
   */
  capture(): Uint8Array | undefined;
  /** Whether the code has run to its end while requests that it did not await are open. */
  readonly hasEnded: boolean;
  /**
   * Whether any code would do something if these open waits had a result: it is tried with made-up ones. After that the
   * scope is of no use, and can only be disposed of.
   */
  isObserved(waits: readonly OpenWait[]): boolean;
  /** Ends code that has run to its end although waits are open: none of them gets a result. */
  cancelWaits(): Progress;
  /** Called once, when the code has ended and no request is open: what the frame keeps. */
  finish(): Finish;
}

/** An open request that only waits, and that nothing is lost with. */
export interface OpenWait {
  readonly ordinal: number;
  /** A result that code would act on. */
  readonly sampleResult: Encoded;
}

/** What the code did since the last progress. Bounded by `Limits`. */
export interface Progress {
  /** Effects asked for, in the order asked; ordinals count from 1 in the turn. */
  readonly requests: readonly EffectRequest[];
  /** Variables of the agent that the code set or deleted since the last progress. */
  readonly patch: StatePatch;
  readonly notes: readonly Note[];
  /**
   * Present once. After `returned` and `exited`, and when a limit was met, open requests may go on. Code that ran to its
   * end, or threw, ends only when it has no open request left: until then one of them may still lead to a `Return`.
   */
  readonly end?: TurnEnd;
}

/**
 * Top-level keys of the agent's state: the new value, the items that were added to the end of a list which is otherwise as
 * it was, or `null` for a key that was deleted. `{}` when nothing changed.
 */
export type StatePatch = Readonly<
  Record<string, { readonly value: Encoded } | { readonly append: readonly Encoded[] } | null>
>;

/**
 * An effect that the code asks for, by name and arguments; what the code left out is `undefined`, encoded, or null:
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
  /** Line of the turn's code (or of the module, for code playbooks) that asked, when known and `places` are wanted. */
  readonly line?: number;
}

/** Something that the code said of itself: it has no result and needs no entry of its own. */
export type Note =
  | { readonly kind: "step"; readonly text: string }
  | { readonly kind: "trigger"; readonly text: string }
  | { readonly kind: "log"; readonly text: string };

/** A result on its way to the code. */
export interface Delivery {
  readonly ordinal: number;
  /** The value `{"$type":"asked"}` stands for the artifact that was asked for, by `SaveArtifact` with three strings. */
  readonly outcome: Outcome;
  /** What other threads changed in the agent's state since this turn's last progress. */
  readonly patch: StatePatch;
  /** Agents created since the last delivery. */
  readonly agents: readonly AgentReference[];
  /** Time of the entry, ms since 1970: what `Date.now()` says from here on. */
  readonly nowMs: number;
}

/** The result of an effect: what the encoding gives, or an error that the code can catch. */
export type Outcome =
  | { readonly ok: true; readonly value: Encoded }
  | { readonly ok: false; readonly error: { readonly name: string; readonly message: string } };

/** How a turn's code ended. After `returned` and `exited` nothing that the code does has an effect. */
export type TurnEnd =
  | { readonly kind: "ended" }
  | { readonly kind: "returned"; readonly value: Encoded; readonly summary?: string }
  | { readonly kind: "exited" }
  | { readonly kind: "threw"; readonly error: CodeError };

/** An error in code that a model or a user wrote, told to them with its place. */
export interface CodeError {
  readonly name: string;
  readonly message: string;
  /** Counts from 1 in the code as it was written; absent when not known. */
  readonly line?: number;
  readonly column?: number;
}

/**
 * What a frame keeps of a turn: its locals, those that the code did not touch included; or the reason why they cannot be
 * kept; or an error that came up in the turn and that nobody has seen. After a `Return` and after a limit the locals are
 * those of the start.
 */
export type Finish =
  | { readonly ok: true; readonly locals: Readonly<Record<string, Encoded>>; readonly patch: StatePatch }
  | { readonly ok: false; readonly error: CodeError };
