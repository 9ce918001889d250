import type { CallQuestion, CallView } from "./tool_calls.ts";

/** The key in `_meta` under which an answer names the session of its call. */
const sessionMetaKey = "playbooks/session";

/** The key in `_meta` under which a request carries its idempotency key. */
export const idempotencyMetaKey = "playbooks/idempotency-key";

/** The interval in which a client asks for the state of a task, ms. */
const pollIntervalMs = 1000;

/** The result of a tool, as the protocol has it. */
export interface ToolResult {
  readonly [key: string]: unknown;
  readonly content: { readonly type: "text"; readonly text: string }[];
  readonly structuredContent?: unknown;
  readonly isError?: true;
  readonly _meta?: Readonly<Record<string, unknown>>;
}

/** The name and the id of a call's session, for `_meta`. */
export function sessionMeta({ id, name }: Pick<CallView, "id" | "name">): Readonly<Record<string, unknown>> {
  return { [sessionMetaKey]: { id, ...(name === undefined ? {} : { name }) } };
}

/** The result of a call that has ended or cannot go on. */
export function resultOfCall(view: CallView): ToolResult {
  const { status } = view;
  const _meta = sessionMeta(view);
  switch (status.kind) {
    case "completed":
      return { ...contentOf(status), _meta };
    case "failed":
      return {
        ...errorResult(`${status.reason}\n${status.isOver ? forkHint(view) : resumeHint(view)}`),
        _meta,
      };
    case "cancelled":
      return { ...errorResult(`The call was cancelled. ${resumeHint(view)}`), _meta };
    case "input_required":
      return { ...errorResult(unansweredText(view, status.questions)), _meta };
    case "working":
      return { ...errorResult(`The call goes on in ${sessionText(view)}.`), _meta };
  }
}

export function errorResult(text: string): ToolResult {
  return { content: [{ type: "text", text }], isError: true };
}

function contentOf(
  { value, words = [] }: Extract<CallView["status"], { readonly kind: "completed" }>,
): ToolResult {
  const texts = value === undefined ? words : [typeof value === "string" ? value : JSON.stringify(value)];
  const content = texts.map((text) => ({ type: "text" as const, text }));
  return { content, ...(isData(value) ? { structuredContent: value } : {}) };
}

function isData(value: unknown): boolean {
  return value !== undefined && value !== null && typeof value !== "string";
}

function sessionText({ id, name }: Pick<CallView, "id" | "name">): string {
  return name === undefined ? `session ${id}` : `session ${id} (${name})`;
}

function resumeHint(view: CallView): string {
  return `Its ${sessionText(view)} is kept; see it with: playbooks sessions show ${view.id}, ` +
    `go on with: playbooks resume ${view.id}`;
}

function forkHint(view: CallView): string {
  return `Its ${sessionText(view)} is kept; see it with: playbooks sessions show ${view.id}, ` +
    `go on from a moment before with: playbooks resume ${view.id}@N --fork`;
}

function unansweredText(view: CallView, questions: readonly CallQuestion[]): string {
  const [first] = questions;
  const question = first === undefined ? "" : `: ${first.message}`;
  return `The call waits for an answer that this client did not give${question}\n` +
    `Its ${sessionText(view)} is kept; answer with: playbooks resume ${view.id} --message "…"`;
}

/** The form that asks a question. */
export function elicitationOf({ message, choices }: CallQuestion) {
  const answer = { type: "string" as const, title: "Answer", ...(choices ? { enum: [...choices] } : {}) };
  return {
    message,
    requestedSchema: { type: "object" as const, properties: { answer }, required: ["answer"] },
  };
}

/** The state of a task in the protocol of 2026-07-28, as the answer to the call itself. */
export function newTaskV2(view: CallView): Record<string, unknown> {
  return { ...baseV2(view), status: "working", resultType: "task" };
}

function baseV2(view: CallView) {
  return { ...taskBase(view), ttlMs: null, pollIntervalMs, _meta: sessionMeta(view) };
}

/** The state of a task in the protocol of 2026-07-28. `resultOf` gives the result of a call that has ended. */
export function taskV2(view: CallView, resultOf: (view: CallView) => ToolResult): Record<string, unknown> {
  const { status } = view;
  const base = baseV2(view);
  switch (status.kind) {
    case "input_required":
      return {
        ...base,
        inputRequests: Object.fromEntries(
          status.questions.map((question) => [
            question.id,
            { method: "elicitation/create", params: { mode: "form", ...elicitationOf(question) } },
          ]),
        ),
      };
    case "completed":
      return { ...base, result: { resultType: "complete", ...resultOf(view) } };
    case "failed":
      // A tool that failed has a result. `failed` is for faults of the protocol.
      return { ...base, status: "completed", result: { resultType: "complete", ...resultOf(view) } };
    default:
      return base;
  }
}

/** The state of a task in the protocol of 2025-11-25. */
export function taskV1(view: CallView): Record<string, unknown> {
  return { ...taskBase(view), ttl: null, pollInterval: pollIntervalMs };
}

function taskBase({ id, createdAt, updatedAt, status, message }: CallView) {
  const text = "reason" in status ? status.reason : message;
  return {
    taskId: id,
    status: status.kind,
    ...(text === undefined ? {} : { statusMessage: text }),
    createdAt,
    lastUpdatedAt: updatedAt,
  };
}
