/** A tool as clients see it. */
export interface OfferedTool {
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  /** The JSON schema of its arguments. */
  readonly inputSchema: { readonly type: "object" } & Readonly<Record<string, unknown>>;
  /** The JSON schema of its results; absent if they are texts, or their type is not known. */
  readonly outputSchema?: { readonly type: string } & Readonly<Record<string, unknown>>;
  readonly annotations?: Readonly<Record<string, string | boolean>>;
}

/** A question that a call waits for: to a person, or about an uncertain effect. */
export interface CallQuestion {
  /** The same as long as the question is open. */
  readonly id: string;
  readonly message: string;
  /** The answers that are possible; absent for free words. */
  readonly choices?: readonly string[];
}

/** An answer to a question. */
export interface CallAnswer {
  readonly question: string;
  readonly text: string;
}

/** The state of a call. */
export interface CallView {
  /** The id of its session. */
  readonly id: string;
  readonly name?: string;
  readonly tool: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly status:
    | { readonly kind: "working" }
    | { readonly kind: "input_required"; readonly questions: readonly CallQuestion[] }
    /** `value` is JSON; absent if the playbook returned nothing. */
    | { readonly kind: "completed"; readonly value?: unknown; readonly words?: readonly string[] }
    /** `isOver`: the program has failed. Else its session can be resumed. */
    | { readonly kind: "failed"; readonly reason: string; readonly isOver?: true }
    | { readonly kind: "cancelled"; readonly reason: string };
  /** What the call does, in one line. */
  readonly message?: string;
}

/** A sign of life of a call. */
export interface CallProgress {
  readonly message: string;
}

/** The calls of a program's tools. Each is a durable session. */
export interface ToolCalls {
  readonly tools: readonly OfferedTool[];
  /** Whether the server stops. Calls that end now go on at the next start. */
  readonly isClosing: boolean;
  /** Why arguments do not fit a tool; `undefined` if they fit. */
  faultOf(tool: OfferedTool, given: Readonly<Record<string, unknown>>): string | undefined;
  /**
   * Makes a call, and returns its id when it is durable. A key that was used before gives the same call; if that has
   * stopped, it goes on. Throws a `CallError`.
   */
  begin(call: {
    readonly tool: OfferedTool;
    readonly arguments: Readonly<Record<string, unknown>>;
    readonly key?: string;
  }): Promise<string>;
  /** The state of a call; `undefined` if there is none of this id. */
  view(id: string): Promise<CallView | undefined>;
  /** Waits until the status of a call is no longer `kind`, by default `working`, or until `signal` aborts. */
  settled(id: string, signal: AbortSignal, kind?: CallView["status"]["kind"]): Promise<CallView | undefined>;
  /** The calls after the one of the id `after`, the last run first; without it, the first ones. At most `limit`. */
  list(page: { readonly after?: string; readonly limit: number }): Promise<readonly CallView[]>;
  /** Gives answers to open questions. Others change nothing. */
  answer(id: string, answers: readonly CallAnswer[]): Promise<void>;
  /** Stops a call. Its session can be resumed. A call that has ended stays as it is. */
  stop(id: string): Promise<void>;
  /** Calls `hear` with each sign of life of a call while it runs here. */
  follow(id: string, hear: (progress: CallProgress) => void): Disposable;
}

/** A request for a call that is not made. */
export class CallError extends Error {
  override readonly name = "CallError";
  /** `wrong`: the request is. `busy`: too many calls are open. */
  readonly kind: "wrong" | "busy";

  constructor(kind: CallError["kind"], message: string) {
    super(message);
    this.kind = kind;
  }
}
