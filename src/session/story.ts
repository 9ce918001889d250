/**
 * One thing that happened in a session: a line or a few of its story. Plain data; front ends add the words.
 *
 * `position` is the number of the journal entry that it comes from, so `fork ID@position` continues right after it. One
 * entry may give several items, or none.
 */
export type StoryItem = StoryFact & StoryPlace & { readonly position: number; readonly atMs: number };

/** The call to which an item belongs, if any. */
export interface StoryPlace {
  readonly agent?: StoryAgent;
  readonly frame?: StoryFrame;
}

/** An agent, or a person: `klass` is empty for a person and for a meeting. */
export interface StoryAgent {
  readonly id: string;
  readonly klass: string;
}

/** A call of a playbook. */
interface StoryFrame {
  readonly id: string;
  readonly playbook: string;
  readonly turn: number;
}

/** The content of an item. Values of the program are texts for people, at most as long as the reader of the story asked. */
export type StoryFact =
  | {
    readonly type: "begin";
    readonly files: readonly string[];
    readonly model: string;
    readonly parameters: Readonly<Record<string, string>>;
    /** The call of `--call`. */
    readonly call?: string;
  }
  /** A process runs the session. */
  | {
    readonly type: "run";
    readonly token: number;
    readonly model: string;
    readonly pid: number;
    readonly host: string;
    /** The time since the last entry of the process before; absent for the first one. */
    readonly stoppedMs?: number;
    /** The process before ended while the session waited for words or for a time, so it interrupted no work. */
    readonly waited?: true;
    /** Paths of files that were edited, added or removed since the process before. */
    readonly edited?: readonly string[];
    /** `--pin`: calls on the stack finish on the old text. */
    readonly isPinned?: true;
  }
  | { readonly type: "agent"; readonly isAtStart: boolean }
  /** A playbook was called; the item belongs to the new call. */
  | {
    readonly type: "call";
    readonly by: "begin" | "messages" | "call" | "trigger" | "meeting" | "playbook";
    /** `MakeAnOffer(900)` */
    readonly call: string;
    /** The calling frame. */
    readonly caller?: string;
  }
  /** A model is asked. */
  | { readonly type: "ask" }
  | {
    readonly type: "answer";
    readonly code: string;
    readonly model: string;
    readonly inputTokens: number;
    readonly outputTokens: number;
    readonly cachedTokens: number;
    readonly costUsd?: number;
    /** Why it ended, unless it ended normally. */
    readonly finish?: string;
    readonly tookMs?: number;
    readonly isRehearsal: boolean;
  }
  /** A code playbook runs. */
  | { readonly type: "code"; readonly code: string }
  | { readonly type: "lost"; readonly model: string; readonly requests: number }
  | { readonly type: "accepted"; readonly model: string; readonly id: string }
  | { readonly type: "step"; readonly step: string; readonly text?: string }
  /** Variables were written. Without a value, the variable was deleted. */
  | {
    readonly type: "set";
    readonly variables: readonly { readonly name: string; readonly value?: string; readonly added?: true }[];
  }
  /** An effect that takes time began. */
  | { readonly type: "start"; readonly call: string; readonly wait: StoryWait }
  | {
    readonly type: "effect";
    readonly call: string;
    readonly outcome: StoryOutcome;
    readonly tookMs?: number;
    /** The number of messages that it took. */
    readonly took?: number;
    /** Its answer was lost, and a person gave the result. */
    readonly isGiven?: true;
    /** Names of artifacts that it saved. */
    readonly saved?: readonly string[];
    /** Names of agents that it invited to a meeting. */
    readonly invited?: readonly StoryAgent[];
    readonly created?: StoryAgent;
  }
  /** Words to a person, from a person, between agents, or in a meeting. */
  | {
    readonly type: "words";
    readonly from: StoryAgent;
    readonly to: StoryAgent;
    readonly text: string;
  }
  | {
    readonly type: "meeting";
    readonly meeting: string;
    readonly news: "begins" | "ends" | "refused" | "joined" | "called";
    readonly topic?: string;
    readonly participants?: readonly StoryAgent[];
    /** Why an invitation was refused. */
    readonly why?: string;
  }
  | {
    readonly type: "trigger";
    readonly playbook: string;
    readonly trigger: string;
    readonly by: "runtime" | "model" | "announced" | "armed again";
  }
  | { readonly type: "log"; readonly text: string }
  | { readonly type: "tools"; readonly server: string; readonly tools: readonly string[] }
  | { readonly type: "task"; readonly id: string; readonly call: string }
  /** A turn's code failed, or was not run because its words had to be read first. */
  | { readonly type: "turn-failed"; readonly error: string; readonly line?: number; readonly source?: string }
  | { readonly type: "turn-refused" }
  | { readonly type: "redo"; readonly call: string }
  /** A person set a value when the session was forked; `target` is as in the command line: `state.x`, `result@12`. */
  | {
    readonly type: "edit";
    readonly by: string;
    readonly target: string;
    readonly before: string;
    readonly value: string;
  }
  | { readonly type: "return"; readonly outcome: StoryOutcome; readonly summary?: string }
  | { readonly type: "end"; readonly status: "completed" | "failed"; readonly reason?: string };

/** The condition for which an effect waits. */
export type StoryWait =
  | { readonly kind: "messages"; readonly from: readonly StoryAgent[]; readonly untilMs?: number }
  | { readonly kind: "sleep"; readonly untilMs: number }
  | { readonly kind: "outside"; readonly what: string; readonly isRepeatable: boolean };

/** A result or an error. `value` is absent for `undefined`, and for a value that may be a secret. */
export type StoryOutcome =
  | { readonly ok: true; readonly value?: string }
  | { readonly ok: false; readonly error: string; readonly isCancelled?: true };

/** Whether an item concerns an agent: it is the agent's own, or words from it or to it. */
export function concerns(item: StoryItem, agent: string): boolean {
  return item.agent?.id === agent ||
    (item.type === "words" && (item.from.id === agent || item.to.id === agent));
}
