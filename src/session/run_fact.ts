import type { OpenQuestion, RunResult } from "../engine/mod.ts";

/**
 * Facts about a run, beside the session's events: which session, which model, how it ended. They are data; front ends
 * add the words.
 */
export type RunFact =
  | { readonly type: "loading"; readonly paths: readonly string[] }
  /** The configuration file of a resumed session, if it is not in the current folder. */
  | { readonly type: "configuration"; readonly path: string }
  /** Sessions are not kept, so nothing can be resumed. */
  | { readonly type: "durability-off" }
  /** There is nothing to resume: a new session starts. */
  | { readonly type: "no-session"; readonly notices: readonly string[]; readonly isMessageGiven: boolean }
  /** A message goes to the newest session, and these sessions wait for one too. */
  | { readonly type: "others-wait"; readonly sessions: readonly string[] }
  | { readonly type: "nothing-to-plan" }
  | { readonly type: "warning"; readonly text: string }
  /** No model is configured. */
  | { readonly type: "rehearsal" }
  /** The models in use, as `openai:gpt-5 at http://…`. */
  | { readonly type: "model"; readonly model: string }
  | { readonly type: "other-model"; readonly model: string; readonly before: string }
  | { readonly type: "model-kept"; readonly model: string; readonly configured: string }
  /** An older version began the session and did not keep its model. */
  | { readonly type: "model-not-kept"; readonly model: string; readonly before: string }
  /** `isExplicit`: the user named the session. */
  | { readonly type: "found"; readonly session: string; readonly isExplicit: boolean }
  /** The session's files have moved. */
  | { readonly type: "relinked"; readonly before: readonly string[]; readonly now: readonly string[] }
  | {
    readonly type: "already-completed";
    readonly session: string;
    readonly completedAtMs: number;
    readonly position: number;
  }
  /** The session stopped before it did anything. */
  | { readonly type: "begins-anew" }
  /** A session is about to be restored from a checkpoint, or from the journal alone. */
  | {
    readonly type: "restoring";
    readonly session: string;
    readonly checkpoint: number | undefined;
    readonly agents: readonly { readonly id: string }[];
  }
  /** Changes of the program or its permissions. A line that begins with a blank continues the line above. */
  | { readonly type: "changes"; readonly lines: readonly string[] }
  /** The replay of the unfinished turns has ended. */
  | {
    readonly type: "restored";
    readonly checkpoint: number | undefined;
    /** `entries` counts the journal entries that are the agent's own. */
    readonly agents: readonly { readonly id: string; readonly entries: number }[];
    /** Earlier spending, which is not repeated. */
    readonly spent: { readonly answers: number; readonly tokens: number; readonly costUsd: number };
    readonly questions: readonly OpenQuestion[];
    /** Who can answer, if there are several. */
    readonly people?: readonly { readonly name: string; readonly displayName: string }[];
  }
  /** The session waits for a worker. */
  | { readonly type: "queued"; readonly session: string }
  /** No agent waited for the words of `--message`. */
  | { readonly type: "message-unread" }
  /** The session's use of models in all its runs. */
  | {
    readonly type: "spent";
    readonly calls: number;
    readonly tokens: number;
    readonly costUsd: number;
    readonly unpriced: number;
  }
  /** How a run ended; `session` is absent where sessions are not kept. */
  | {
    readonly type: "ended";
    readonly result: RunResult;
    /** Who can answer, if there are several. */
    readonly people?: readonly { readonly name: string; readonly displayName: string }[];
    readonly session: string | undefined;
    readonly position: number;
    /** Flags of this run that a resume needs again, as a shell reads them. */
    readonly flags?: readonly string[];
  }
  /** The command that resumes a session after an error, with the flags that it needs again. */
  | { readonly type: "can-resume"; readonly session: string; readonly flags?: readonly string[] };
