import type { Awaitable } from "../store/session_store.ts";

/** An event of a session, for the ui. Events may be lost. Times are ms since 1970. */
export type RuntimeEvent =
  /** The persons who can answer; comes before the first turn. `user` means the first one unless another has this name. */
  | { readonly type: "persons"; readonly names: readonly string[]; readonly people: readonly PersonInfo[] }
  /** `atStart`: the agent exists from the start; no agent created it. */
  | { readonly type: "agent"; readonly agent: string; readonly klass: string; readonly atStart?: true }
  | {
    readonly type: "call";
    readonly agent: string;
    readonly klass: string;
    readonly playbook: string;
    readonly depth: number;
  }
  | {
    readonly type: "return";
    readonly agent: string;
    readonly klass: string;
    readonly playbook: string;
    readonly ok: boolean;
    /** The error of an agent whose part in a meeting failed. A failed call gives its error to its caller instead. */
    readonly error?: string;
  }
  | {
    readonly type: "turn";
    readonly agent: string;
    readonly klass: string;
    readonly playbook: string;
    readonly turn: number;
  }
  /** A completion arrived, or came from the journal (`replayed`). */
  | {
    readonly type: "completion";
    readonly agent: string;
    readonly klass: string;
    readonly playbook: string;
    readonly turn: number;
    readonly inputTokens: number;
    readonly outputTokens: number;
    readonly costUsd?: number;
  }
  /** Text of the completion, as it streams in. */
  | { readonly type: "text"; readonly agent: string; readonly text: string }
  /** The text of the completion so far was thought, and is no part of it. */
  | { readonly type: "withdrawn"; readonly agent: string }
  /** Thoughts of the model before its answer, as they stream in; never part of the completion. */
  | { readonly type: "thought"; readonly agent: string; readonly klass: string; readonly text: string }
  | {
    readonly type: "step";
    readonly agent: string;
    readonly klass: string;
    readonly playbook: string;
    readonly step: string;
    readonly text?: string;
  }
  | { readonly type: "trigger"; readonly agent: string; readonly text: string }
  | { readonly type: "log"; readonly agent: string; readonly klass: string; readonly text: string }
  /** A message between agents; shown with `--snoop`. */
  | {
    readonly type: "message";
    readonly from: string;
    readonly fromKlass: string;
    readonly to: string;
    readonly toKlass: string;
    readonly text: string;
  }
  /** A meeting begins; `agent` owns it. */
  | {
    readonly type: "meeting";
    readonly meeting: string;
    readonly topic: string;
    readonly agent: string;
    readonly klass: string;
    readonly participants: readonly string[];
  }
  | { readonly type: "wait"; readonly agent: string; readonly klass: string; readonly for: readonly string[] }
  | { readonly type: "sleep"; readonly agent: string; readonly klass: string; readonly untilMs: number }
  | {
    readonly type: "repair";
    readonly agent: string;
    readonly klass: string;
    readonly playbook: string;
    readonly error: string;
  }
  | {
    readonly type: "retrying";
    readonly agent: string;
    readonly klass: string;
    readonly attempt: number;
    readonly waitMs: number;
    readonly reason: string;
  }
  /** A tool server works on a call of an agent. */
  | {
    readonly type: "progress";
    readonly agent: string;
    readonly klass: string;
    /** `Files.read_file`. */
    readonly tool: string;
    readonly progress?: number;
    readonly total?: number;
    readonly message?: string;
  }
  | { readonly type: "checkpoint"; readonly position: number }
  | { readonly type: "notice"; readonly level: "info" | "warning"; readonly text: string };

/** A person, as front ends need to know them. */
export interface PersonInfo {
  /** The name in code, in events and in the journal. */
  readonly name: string;
  /** The name that people see. */
  readonly displayName: string;
  /** The id of the person's agent, if there is one. */
  readonly id?: string;
  /** Words to this person may be shown while a model still writes them. */
  readonly streams: boolean;
}

/** An agent's words to a person. Delivered once, in the order of the journal. */
export interface SpokenMessage {
  readonly agent: string;
  readonly klass: string;
  /** `user`, the name of the person, or `meeting 100`. */
  readonly to: string;
  /** The persons in the meeting who hear it. */
  readonly hearers?: readonly string[];
  readonly text: string;
  /** Its position in the journal. */
  readonly position: number;
}

/** A question to a person: `klass` waits for an answer from `person`. */
export interface Question {
  /** The same in each run of the session. */
  readonly id: string;
  readonly agent: string;
  readonly klass: string;
  /** The person who is asked; of several persons, the one who was named first. */
  readonly person: string;
  /** All who are asked, if there are several. The first answer counts. */
  readonly persons?: readonly string[];
  /** No playbook waits: the program waits for a person's next words. `exit` ends it. */
  readonly isAmbient?: true;
  /** It waits for words in this meeting; an empty answer says nothing there. */
  readonly meeting?: string;
}

/** A person's answer to a question. */
export interface PersonAnswer {
  readonly text: string;
  /** The person who answers. If absent: the `person` of the question. */
  readonly from?: string;
  /** Its key in the session's inbox, if it was posted there first. */
  readonly key?: string;
}

/** Words of a person that came with the command. */
export interface Reply {
  readonly text: string;
  /** The person's name. If absent: the person who is asked first. */
  readonly person?: string;
}

/** Words of a person for an agent. */
export interface Post extends PersonAnswer {
  /** `user`, or the name of the person. */
  readonly from: string;
  /** The agent's id, or `meeting 100`. */
  readonly to: string;
}

/** An outside effect whose result is lost: its run was killed, or its answer did not arrive. */
export interface UncertainEffect {
  /** The same in each run of the session. */
  readonly id: string;
  readonly agent: string;
  readonly klass: string;
  readonly playbook: string;
  /** `POST https://shop.example/orders`, for people. */
  readonly what: string;
  readonly startedAtMs: number;
}

/** Shows a run's events and words, and asks persons. */
export interface Ui {
  /** `false`: no person can be asked, although the input has not ended. So an ambient program is suspended, not ended. */
  readonly canAsk?: boolean;
  event(event: RuntimeEvent): void;
  /** Shows an agent's words; they are written on return. Throws if writing fails. */
  show(message: SpokenMessage): void;
  /**
   * Asks for one answer; several questions may be open at once. `undefined`: no person can answer any question (end of
   * input, no terminal). Rejects when `signal` aborts.
   */
  ask(question: Question, options: { readonly signal: AbortSignal }): Promise<PersonAnswer | undefined>;
  /** Brings in words that others have posted by now. Called before a session that waits leaves the process. */
  collect?(): Awaitable<void>;
  /** Asks for the choice about an uncertain effect; `undefined` without a terminal. Rejects when `signal` aborts. */
  decide(
    effect: UncertainEffect,
    options?: { readonly signal?: AbortSignal },
  ): Promise<Decision | undefined>;
}

/**
 * A decision about an outside effect whose answer is lost: do it again, give the program an error, stop the session, or
 * give the program the result that a person knows (JSON).
 */
export type Decision = "retry" | "skip" | "fail" | { readonly result: unknown };
