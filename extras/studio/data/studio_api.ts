import type {
  Decision,
  EventFact,
  MomentReport,
  PastReport,
  SessionDiff,
  StoryItem,
  StoryOutline,
  TurnRow,
  TurnText,
  VariableHistory,
} from "../../../src/session/mod.ts";

/** A session in the list. */
export interface ListedSession {
  readonly id: string;
  readonly name?: string;
  readonly status: string;
  readonly programPaths: readonly string[];
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly runAt: string;
  readonly position: number;
  readonly turns: number;
  readonly calls: number;
  readonly tokens: number;
  readonly costUsd: number;
  readonly host?: string;
  readonly forkedFrom?: { readonly id: string; readonly position: number };
}

/** A session after some of its entries. */
export type Moment = MomentReport & { readonly session: ListedSession };

/** A text of a program. */
export interface ProgramFile {
  readonly path: string;
  readonly text: string;
}

/** The error of a failed session and its place. */
export type Failure = NonNullable<PastReport["failure"]>;

/** A program that can be started, with the parameters of its entry playbook. */
export interface StartableProgram {
  /** The name by which it is started. */
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  readonly parameters: readonly ProgramParameter[];
  /** Why it cannot be started. */
  readonly problems: readonly string[];
}

/** A parameter of a program. */
interface ProgramParameter {
  readonly name: string;
  readonly kind: string;
  readonly optional: boolean;
  readonly default?: unknown;
  readonly choices?: readonly string[];
  readonly description?: string;
}

/** A row of the story with its number. */
export type StoryRow = StoryItem & { readonly row: number };

/** A turn with its texts. */
export interface TurnDetails extends TurnText {
  readonly item: StoryRow;
}

/** One of the two sides of a comparison. */
export interface ComparedMoment {
  readonly id: string;
  readonly position?: number;
}

/** Values to set in a fork. */
interface ForkRequest {
  readonly position?: number;
  readonly name?: string;
  /** Values by target: `1000.state.x`, `local.x`, `result@12`. */
  readonly set?: Readonly<Record<string, unknown>>;
  /** Continue the fork at once. */
  readonly run: boolean;
}

/** Reads sessions: from a server, or from the page itself. */
export interface StudioReader {
  /** The moments that a saved page holds; absent if every position can be read. */
  readonly savedPositions?: readonly number[];
  list(): Promise<readonly ListedSession[]>;
  /** The name of a session; `undefined` if it has none, or if it is not there. */
  nameOf(id: string): Promise<string | undefined>;
  /** The session now, or after its first `position` entries. */
  moment(id: string, position?: number): Promise<Moment>;
  /** Why a session failed. */
  failure(id: string): Promise<Failure | undefined>;
  /** The rows of a story. The first part of a long one has the newest rows, too: they have no numbers yet. */
  outline(id: string, from: number): Promise<StoryOutline & { readonly tail?: readonly StoryItem[] }>;
  rows(id: string, range: RowRange): Promise<readonly StoryRow[]>;
  turns(id: string, from: number): Promise<readonly TurnRow[]>;
  turnText(id: string, row: number): Promise<TurnText>;
  writes(id: string, agent: string, name: string): Promise<VariableHistory>;
  program(id: string, position?: number): Promise<readonly ProgramFile[]>;
  diff(a: ComparedMoment, b: ComparedMoment): Promise<SessionDiff>;
}

/** Rows from a row on, of some kinds or of all. */
interface RowRange {
  readonly from: number;
  readonly limit: number;
  readonly kinds?: readonly string[];
}

/** Changes sessions. A saved page has no such actions. */
export interface StudioActions {
  programs(): Promise<readonly StartableProgram[]>;
  start(
    program: string,
    options: { readonly parameters: Readonly<Record<string, unknown>>; readonly name?: string },
  ): Promise<string>;
  post(
    id: string,
    words: { readonly text: string; readonly to?: string; readonly person?: string },
  ): Promise<void>;
  decide(id: string, effect: string, choice: Decision): Promise<void>;
  stop(id: string): Promise<void>;
  resume(id: string): Promise<void>;
  rename(id: string, name: string): Promise<void>;
  remove(id: string): Promise<void>;
  fork(id: string, request: ForkRequest): Promise<string>;
  search(text: string): Promise<{ readonly hits: readonly FoundText[]; readonly isCut: boolean }>;
  /**
   * Tells the events of a session after a position as they happen: `undefined` if the connection began or was lost, and
   * other lines of the stream as they are. Returns the end of it.
   */
  watch(id: string, from: number, onEvent: (event: LiveEvent | undefined) => void): () => void;
}

/** A line of the stream of a session. `session` is the first line of each connection. */
export type LiveEvent =
  & (EventFact | { readonly type: "session" | "end" })
  & { readonly position: number };

/** A text that a search found in a session. */
export interface FoundText {
  readonly session: string;
  readonly position: number;
  readonly kind: string;
  readonly who: string;
  readonly line: string;
}
