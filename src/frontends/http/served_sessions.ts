import type { Decision, PostedWords } from "../../session/mod.ts";
import type { WatchedSession } from "./session_lines.ts";

/**
 * The sessions behind a server, as its routes use them. Answers are plain data, which the server sends as JSON.
 *
 * `session` is an id, a part of one, or a name. Throws `PlaybooksError`s: their exit codes become statuses.
 */
export interface ServedSessions {
  /** The programs that a client can start. */
  programs(): Promise<readonly ServedProgram[]>;
  list(query: Readonly<Record<string, string>>): Promise<object>;
  /** Where a session stands, or stood after its first `position` entries. */
  show(
    session: string,
    options: { readonly position?: number; readonly maxCharacters: number; readonly withPast: boolean },
  ): Promise<object>;
  /** The newest items of a story. */
  tail(session: string): Promise<object>;
  /** The rows of a story in columns of numbers, from a row on. A long story comes in parts. */
  outline(session: string, from: number): Promise<object>;
  /** The items of the rows in an outline. */
  rows(session: string, range: RowRange): Promise<object>;
  /** The turns of models from a row on. */
  turns(session: string, from: number): Promise<object>;
  /** The code and the prompt of the turn at a row. */
  turnText(session: string, row: number): Promise<object>;
  /** The newest writes of a variable. */
  writes(session: string, variable: { readonly agent: string; readonly name: string }): Promise<object>;
  story(session: string, page: StoryPage): Promise<object>;
  source(session: string, position: number | undefined): Promise<object>;
  diff(a: string, b: string): Promise<object>;
  /** Lines that match, in one session or in all. */
  search(search: SessionSearch): Promise<object>;
  watch(session: string): Promise<WatchedSession>;
}

/**
 * Changes of sessions. A key that is repeated changes nothing, also after the server was killed in the middle: the answer
 * has the same session, as it is now.
 */
export interface ServedActions {
  /** Makes a session and queues it. */
  begin(start: SessionStart, key: string | undefined): Promise<MadeSession>;
  /** Keeps words; without a key, they get one. */
  post(
    session: string,
    words: PostedWords,
    key: string | undefined,
  ): Promise<{ readonly key: string; readonly isNew: boolean }>;
  decide(
    session: string,
    decision: { readonly effect: string; readonly choice: Decision },
    key: string | undefined,
  ): Promise<ChangedSession>;
  stop(session: string, key: string | undefined): Promise<ChangedSession>;
  resume(session: string, key: string | undefined): Promise<ChangedSession>;
  fork(session: string, fork: SessionFork, key: string | undefined): Promise<MadeSession>;
  /** Without a name, takes the name away. */
  rename(session: string, name: string | undefined): Promise<object>;
  /** Moves a session to the trash. */
  remove(session: string): Promise<void>;
}

/** A program that a client can start. */
export interface ServedProgram {
  /** The name by which it is started. */
  readonly name: string;
  /** Its files. */
  readonly paths: readonly string[];
  readonly title?: string;
  readonly description?: string;
  /** Parameters of the playbook that begins it. */
  readonly parameters: readonly ServedParameter[];
  /** It takes the message of a start as `$startup_message`. */
  readonly takesMessage: boolean;
  /** Why it cannot be started. */
  readonly problems: readonly string[];
}

/** A parameter of a program. */
interface ServedParameter {
  readonly name: string;
  /** `text`, `number`, `integer`, `boolean`, `list`, `map`, `choice`. */
  readonly kind: string;
  readonly optional: boolean;
  readonly default?: unknown;
  readonly choices?: readonly string[];
  readonly description?: string;
}

/** A session to make. */
export interface SessionStart {
  readonly program: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly name?: string;
  readonly model?: string;
  /** The first words of the user. */
  readonly message?: string;
  /** `Name(arguments)`, in place of the program's own beginning. */
  readonly call?: string;
}

/** A session as it is now. `isNew`: no earlier request with the same key changed it. */
export interface ChangedSession {
  readonly session: object;
  readonly isNew: boolean;
}

/** A session that was made, or that an earlier request with the same key made. */
export interface MadeSession extends ChangedSession {
  readonly id: string;
}

/** A part of a story. */
export interface StoryPage {
  /** Items after this position. */
  readonly from: number;
  /** Items up to this position. */
  readonly to?: number;
  /** The most items; an entry is never split. */
  readonly limit: number;
  readonly maxCharacters: number;
}

/** Rows of a story from a row on, of some kinds or of all. */
export interface RowRange {
  readonly from: number;
  readonly limit: number;
  readonly kinds?: readonly string[];
}

/** A search in stored texts. */
export interface SessionSearch {
  readonly text: string;
  /** One session; all if absent. */
  readonly session?: string;
  readonly limit: number;
}

/** A fork to make. */
export interface SessionFork {
  readonly position?: number;
  readonly name?: string;
  /** Values by target: `state.x`, `Agent.state.x`, `local.x`, `result@12`. */
  readonly set: Readonly<Record<string, unknown>>;
  /** Continue the fork at once. */
  readonly run: boolean;
}
