/** A JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A JSON object. */
export type JsonObject = { readonly [key: string]: Json };

/** A tool as its server describes it. The journal keeps these, so the fields are few and bounded. */
export interface Tool {
  /** The name at the server. */
  readonly name: string;
  readonly description?: string;
  /** The JSON schema of its arguments. */
  readonly input: JsonObject;
  /** The JSON schema of its structured result. */
  readonly output?: JsonObject;
  /** `readOnlyHint` and `idempotentHint` of its annotations. */
  readonly readOnly?: true;
  readonly idempotent?: true;
  /** Whether calls may, or must, become tasks (protocol 2025-11-25). */
  readonly task?: "optional" | "required";
}

/** The tools of a server. */
export interface ToolList {
  /** The server's own name and version, `filesystem 1.0`. */
  readonly server: string;
  readonly instructions?: string;
  readonly tools: readonly Tool[];
  /** Tools that cannot be used, each with its fault: `add (its inputSchema is no object)`. */
  readonly unusable?: readonly string[];
  /** The number of other tools that a bound left out. */
  readonly omitted?: number;
}

/** The handle of a call that its server made into a task. A resume fetches the result with it. */
export interface ToolTask {
  readonly id: string;
  /** The form of the Tasks protocol: `v1` since 2025-11-25, `v2` since 2026-07-28. */
  readonly generation: "v1" | "v2";
}

/** A call of a tool. */
export interface ToolCall {
  /** The key of the server: an agent class, or a name of `[mcp.servers]`. */
  readonly server: string;
  readonly tool: Tool;
  readonly arguments: JsonObject;
  /** The idempotency key. */
  readonly key: string;
  /** The task of an earlier run. Then the call is not made again: its result is fetched. */
  readonly task?: ToolTask;
}

/** What a call needs from its caller. */
export interface ToolCallOptions {
  /** Aborts the call; the server is told. */
  readonly signal: AbortSignal;
  /** Whether an aborted call's task stays at the server, for a later run. */
  readonly keepsTask: () => boolean;
  readonly onTask: (task: ToolTask) => void;
  readonly onProgress: (progress: ToolProgress) => void;
  /** Asks a person for the server. */
  readonly onQuestion: (question: ToolQuestion) => Promise<ToolReply>;
}

/** Progress of a call. */
interface ToolProgress {
  readonly progress?: number;
  readonly total?: number;
  readonly message?: string;
}

/** A question of a server to a person, with a form. `id` is the same when the server asks again for the same call. */
export interface ToolQuestion {
  readonly id: string;
  readonly message: string;
  readonly fields: readonly FormField[];
}

/** A field of a form. */
export interface FormField {
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  readonly type: "string" | "number" | "integer" | "boolean" | "choice" | "choices";
  /** For `choice` and `choices`: the values, and their names for people. */
  readonly options?: readonly { readonly value: string; readonly title: string }[];
  readonly required: boolean;
  readonly default?: string | number | boolean | readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly format?: string;
}

/** The value of a form's field. */
export type FieldValue = string | number | boolean | readonly string[];

/** A person's answer to a server's question. */
export type ToolReply =
  | { readonly action: "accept"; readonly content: Readonly<Record<string, FieldValue>> }
  | { readonly action: "decline" | "cancel" };

/** A file in a tool's result: a resource or an image. */
export interface ToolFile {
  readonly name: string;
  readonly summary: string;
  readonly content: string;
}

/** How a call ended. */
export type ToolAnswer =
  | { readonly kind: "result"; readonly value: Json; readonly files: readonly ToolFile[] }
  /** The tool or its server answered with an error, or nothing was sent. */
  | { readonly kind: "error"; readonly name: string; readonly message: string }
  /** The call may have reached the server, and no answer arrived. */
  | { readonly kind: "lost"; readonly why: string };

/** The tool servers of a session, as the engine uses them. */
export interface Tools {
  /** Reaches a server and lists its tools. Rejects with a `ToolServerError`. */
  list(server: string, signal: AbortSignal): Promise<ToolList>;
  call(call: ToolCall, options: ToolCallOptions): Promise<ToolAnswer>;
  /** Why arguments do not fit a tool; `undefined` if they fit, or if that is not known before the server was reached. */
  refusal(tool: Tool, args: JsonObject): string | undefined;
  /** Called when a server says that its tools have changed, or was started again. */
  onListChanged(listener: (server: string) => void): void;
}

/** A server cannot be reached. The message says which, why, and what to do. */
export class ToolServerError extends Error {
  override readonly name = "ToolServerError";
}
