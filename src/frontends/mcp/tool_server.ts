import type { Server, ServerContext } from "@modelcontextprotocol/server";
import { messageOf, PlaybooksError } from "../../errors.ts";
import {
  elicitationOf,
  errorResult,
  idempotencyMetaKey,
  newTaskV2,
  resultOfCall,
  sessionMeta,
  taskV1,
  taskV2,
  type ToolResult,
} from "./call_results.ts";
import { answersIn, isRefused } from "./given_answers.ts";
import { isTaskOver, watchTask } from "./task_watch.ts";
import {
  CallError,
  type CallQuestion,
  type CallView,
  type OfferedTool,
  type ToolCalls,
} from "./tool_calls.ts";

/** The library that speaks the protocol. */
export type McpLibrary = typeof import("./mcp_server_library.ts");

/** The parts of a tool server that all its connections share. */
export interface ToolServerParts {
  readonly calls: ToolCalls;
  readonly name: string;
  readonly title?: string;
  readonly version: string;
  readonly instructions?: string;
  /** Whether the server itself gave this connection up. Its calls go on. */
  readonly isGivenUp?: () => boolean;
  /** Reports a fault of ours. The client gets its message only. */
  readonly onFault: (error: unknown) => void;
  /** Hears of messages that were refused. */
  readonly onNote?: (error: Error) => void;
}

/** The generation of the protocol: `modern` since 2026-07-28, `legacy` before. */
type Era = "modern" | "legacy";

const tasksExtension = "io.modelcontextprotocol/tasks";

/** Rounds of questions of one call, and the time for each answer, ms, with clients of the older protocol. */
const maxRounds = 1000;
const answerMs = 24 * 60 * 60 * 1000;
const maxKeyLength = 200;
const maxListedTasks = 50;

/**
 * Makes the server of one connection, or of one request.
 *
 * A client that knows tasks gets a handle at once, and asks for its state. For others the call lasts until its session
 * ends: questions are asked by elicitation, and a cancelled call stops its session.
 */
export function toolServer(library: McpLibrary, parts: ToolServerParts, era: Era): Server {
  const { name, title, version, instructions } = parts;
  const tasks = era === "modern"
    ? { extensions: { [tasksExtension]: {} } }
    : { tasks: { requests: { tools: { call: {} } }, list: {}, cancel: {} } };
  const server = new (serverClass(library))(
    { name, version, ...(title === undefined ? {} : { title }) },
    {
      capabilities: { tools: {}, ...tasks },
      ...(instructions === undefined ? {} : { instructions }),
      jsonSchemaValidator: new library.CfWorkerJsonSchemaValidator(),
      inputRequired: { maxRounds, roundTimeoutMs: answerMs },
    },
  );
  const connection = new ToolConnection(library, parts, era, server);
  server.setRequestHandler("tools/list", () => connection.list() as never);
  server.setRequestHandler(
    "tools/call",
    (request, ctx) => connection.guarded(() => connection.call(request.params, ctx)) as never,
  );
  const { zod } = library;
  const task = { params: zod.looseObject({ taskId: zod.string().max(100) }) };
  server.setRequestHandler(
    "tasks/get",
    task,
    ({ taskId }, ctx) => connection.guarded(() => connection.get(taskId, ctx)),
  );
  server.setRequestHandler(
    "tasks/cancel",
    task,
    ({ taskId }) => connection.guarded(() => connection.cancel(taskId)),
  );
  if (era === "legacy") {
    server.setRequestHandler(
      "tasks/list",
      { params: zod.looseObject({ cursor: zod.string().max(100).optional() }).optional() },
      (params) => connection.guarded(() => connection.listTasks(params?.cursor)),
    );
    server.setRequestHandler(
      "tasks/result",
      task,
      ({ taskId }, ctx) => connection.guarded(() => connection.result(taskId, ctx)),
    );
  } else {
    server.setRequestHandler(
      "tasks/update",
      task,
      ({ taskId }, ctx) => connection.guarded(() => connection.update(taskId, ctx)),
    );
  }
  return server;
}

/** The library's server. It would refuse the handle of a task as the result of a call. */
function serverClass({ Server: Base }: McpLibrary): typeof Server {
  return class TaskServer extends Base {
    protected override _wrapHandler(
      ...[method, handler]: Parameters<Server["_wrapHandler"]>
    ): ReturnType<Server["_wrapHandler"]> {
      if (method !== "tools/call") return super._wrapHandler(method, handler);
      return async (request, ctx) => {
        let task: Awaited<ReturnType<typeof handler>> | undefined;
        const checked = super._wrapHandler(method, async (...given) => {
          const result = await handler(...given);
          if (result["resultType"] !== "task" && !("task" in result)) return result;
          task = result;
          return { content: [] };
        });
        const result = await checked(request, ctx);
        return task ?? result;
      };
    }
  } as typeof Server;
}

/** Answers the requests of one connection. */
class ToolConnection {
  readonly #library: McpLibrary;
  readonly #parts: ToolServerParts;
  readonly #era: Era;
  readonly #server: Server;
  readonly #closed = new AbortController();
  /** Questions of tasks that the client was asked, and whether it answered them. */
  readonly #asked = new Map<string, Promise<boolean>>();
  /** The number of the last sign of life, by the signal of its request: it must grow over all rounds of questions. */
  readonly #progress = new WeakMap<AbortSignal, { count: number }>();

  constructor(library: McpLibrary, parts: ToolServerParts, era: Era, server: Server) {
    this.#library = library;
    this.#parts = parts;
    this.#era = era;
    this.#server = server;
    const { onclose } = server;
    server.onclose = () => {
      this.#closed.abort();
      onclose?.();
    };
  }

  list(): object {
    const { tools } = this.#parts.calls;
    return {
      tools: tools.map(({ name, title, description, inputSchema, outputSchema, annotations }) => ({
        name,
        ...(title === undefined ? {} : { title }),
        ...(description === undefined ? {} : { description }),
        inputSchema,
        ...(outputSchema && this.#canHold(outputSchema) ? { outputSchema } : {}),
        ...(annotations === undefined ? {} : { annotations }),
        // The newer protocol has no such field, and the library removes it.
        execution: { taskSupport: "optional" },
      })),
    };
  }

  async call(params: CallParams, ctx: ServerContext): Promise<object> {
    const tool = this.#parts.calls.tools.find(({ name }) => name === params.name);
    if (!tool) throw this.#wrong(`Unknown tool: ${JSON.stringify(params.name).slice(0, 100)}`);
    const state = ctx.mcpReq.requestState();
    if (state !== undefined) return await this.#continue(tool, state, ctx);
    const given = params.arguments ?? {};
    const fault = this.#parts.calls.faultOf(tool, given);
    if (fault !== undefined) return errorResult(`The arguments of ${tool.name} are wrong: ${fault}`);
    const key = this.#keyOf(ctx);
    const { calls } = this.#parts;
    const id = await calls.begin({ tool, arguments: given, ...(key === undefined ? {} : { key }) });
    if (!this.#takesTask(params, ctx)) return await this.#untilSettled(id, ctx);
    const view = await this.#view(id);
    if (this.#era === "modern") return newTaskV2(view);
    this.#tellStatus(id, ctx);
    return { task: { ...taskV1(view), status: "working" }, _meta: sessionMeta(view) };
  }

  /** Notifies the client of the progress of a task, and of each new status, as long as it is connected. */
  #tellStatus(id: string, { mcpReq: { _meta } }: ServerContext): void {
    const progressToken = _meta?.progressToken;
    const notify = (method: string, params: ProtocolObject) =>
      this.#server.notification({ method, params } as never);
    let progress = 0;
    watchTask({
      calls: this.#parts.calls,
      id,
      signal: this.#closed.signal,
      onStatus: (view) => notify("notifications/tasks/status", taskV1(view)),
      ...(progressToken === undefined ? {} : {
        onProgress: ({ message }) => {
          notify("notifications/progress", { progressToken, progress: ++progress, message }).catch(() => {
            // The client has gone, and the watch ends.
          });
        },
      }),
    }).catch((error) => this.#parts.onNote?.(error));
  }

  /** The tasks of this program, the last run first. The cursor is the id of the last one on the page before. */
  async listTasks(cursor: string | undefined): Promise<ProtocolObject> {
    const page = await this.#parts.calls.list({
      limit: maxListedTasks + 1,
      ...(cursor === undefined ? {} : { after: cursor }),
    });
    const tasks = page.slice(0, maxListedTasks).map(taskV1);
    return { tasks, ...(page.length > maxListedTasks ? { nextCursor: page[maxListedTasks - 1]!.id } : {}) };
  }

  async get(id: string, ctx: ServerContext): Promise<ProtocolObject> {
    const view = await this.#view(id);
    if (this.#era === "modern") return taskV2(view, (over) => this.#resultOf(over));
    // Some clients ask only for the state, and never for the result of a task that waits for them.
    if (this.#canAsk(ctx)) {
      for (const question of questionsOf(view)) {
        this.#askOnce(id, question, ctx).catch((error) => this.#parts.onNote?.(error));
      }
    }
    return taskV1(view);
  }

  async update(id: string, ctx: ServerContext): Promise<ProtocolObject> {
    await this.#view(id);
    await this.#parts.calls.answer(id, answersIn(this.#repliesIn(ctx), (message) => this.#wrong(message)));
    return {};
  }

  async cancel(id: string): Promise<ProtocolObject> {
    const view = await this.#view(id);
    if (isTaskOver(view) && this.#era === "legacy") {
      throw this.#wrong(`Cannot cancel task: already in terminal status '${view.status.kind}'`);
    }
    if (!isTaskOver(view)) await this.#parts.calls.stop(id);
    return this.#era === "modern" ? {} : taskV1(await this.#view(id));
  }

  /** The result of a task in the protocol of 2025-11-25. While it waits for a person, this asks. */
  async result(id: string, ctx: ServerContext): Promise<ProtocolObject> {
    const { signal } = ctx.mcpReq;
    for (;;) {
      const view = this.#known(await this.#parts.calls.settled(id, signal), id);
      signal.throwIfAborted();
      const questions = questionsOf(view);
      const isAnswered = questions.length > 0 && this.#canAsk(ctx) &&
        (await Promise.all(questions.map((question) => this.#askOnce(id, question, ctx)))).every(Boolean);
      if (!isAnswered) {
        return { ...this.#resultOf(view), _meta: { ...sessionMeta(view), ...this.#related(id) } };
      }
    }
  }

  /** Asks a question of a task, once in this connection. Resolves to whether it was answered. */
  #askOnce(id: string, question: CallQuestion, ctx: ServerContext): Promise<boolean> {
    const key = `${id} ${question.id}`;
    const known = this.#asked.get(key);
    if (known) return known;
    const asked = this.#ask(id, question, ctx);
    this.#asked.set(key, asked);
    return asked;
  }

  async #ask(id: string, question: CallQuestion, ctx: ServerContext): Promise<boolean> {
    const params = { mode: "form" as const, ...elicitationOf(question), _meta: this.#related(id) };
    const reply = await ctx.mcpReq.send({ method: "elicitation/create", params }, { timeout: answerMs });
    const answers = answersIn({ [question.id]: reply }, (message) => this.#wrong(message));
    await this.#parts.calls.answer(id, answers);
    return answers.length > 0;
  }

  #related(taskId: string): ProtocolObject {
    return { [this.#library.RELATED_TASK_META_KEY]: { taskId } };
  }

  /** Runs a handler. The client gets an error of the protocol for each failure. */
  async guarded<T>(work: () => Promise<T>): Promise<T> {
    const { ProtocolError, ProtocolErrorCode: code } = this.#library;
    try {
      return await work();
    } catch (error) {
      if (error instanceof ProtocolError) throw error;
      if (error instanceof CallError) {
        throw new ProtocolError(
          error.kind === "wrong" ? code.InvalidParams : code.InternalError,
          error.message,
        );
      }
      if (!(error instanceof PlaybooksError) && !isAbort(error)) this.#parts.onFault(error);
      throw new ProtocolError(code.InternalError, messageOf(error));
    }
  }

  /** Goes on with a call after answers to its questions. */
  async #continue(tool: OfferedTool, state: unknown, ctx: ServerContext): Promise<object> {
    const { calls } = this.#parts;
    const view = typeof state === "string" ? await calls.view(state) : undefined;
    if (view?.tool !== tool.name) throw this.#wrong("requestState names no call of this tool");
    const responses = this.#repliesIn(ctx);
    await calls.answer(view.id, answersIn(responses, (message) => this.#wrong(message)));
    if (Object.values(responses).some(isRefused)) return this.#resultOf(await this.#view(view.id));
    return await this.#untilSettled(view.id, ctx);
  }

  /** Waits for the end of a call, or for a question. */
  async #untilSettled(id: string, ctx: ServerContext): Promise<object> {
    const { calls } = this.#parts;
    const { signal } = ctx.mcpReq;
    using _ = this.#reportProgress(id, ctx);
    const settled = await calls.settled(id, signal);
    if (signal.aborted) {
      // A server that stops goes on with the call at its next start.
      const isByClient = !calls.isClosing && !this.#parts.isGivenUp?.();
      if (isByClient) await calls.stop(id);
      return errorResult("The call was cancelled");
    }
    const view = await this.#known(settled, id);
    if (view.status.kind !== "input_required" || !this.#canAsk(ctx)) return this.#resultOf(view);
    return {
      resultType: "input_required",
      inputRequests: Object.fromEntries(
        view.status.questions.map((question) => [
          question.id,
          { method: "elicitation/create", params: { mode: "form", ...elicitationOf(question) } },
        ]),
      ),
      requestState: id,
      _meta: sessionMeta(view),
    };
  }

  /**
   * The result of a call. The older protocol has only objects as structured results; the text holds the others. A value that
   * is not of the type which the tool promises is an error, with the value as its text.
   */
  #resultOf(view: CallView): ToolResult {
    const { structuredContent, ...result } = resultOfCall(view);
    const { status, tool: name } = view;
    const schema = this.#parts.calls.tools.find((tool) => tool.name === name)?.outputSchema;
    if (status.kind === "completed" && schema && this.#canHold(schema)) {
      const fault = this.#faultOfResult(schema, structuredContent);
      if (fault !== undefined) {
        const { content } = errorResult(`The result of ${name} is not of its declared type: ${fault}`);
        return {
          ...result,
          content: [...content, ...result.content as ToolResult["content"]],
          isError: true,
        };
      }
    }
    const isKept = structuredContent !== undefined &&
      (this.#era === "modern" || !Array.isArray(structuredContent) && typeof structuredContent === "object");
    return isKept ? { ...result, structuredContent } : result as ToolResult;
  }

  /** Whether results of a schema can be structured: in the older protocol, only objects can. */
  #canHold({ type }: NonNullable<OfferedTool["outputSchema"]>): boolean {
    return this.#era === "modern" || type === "object";
  }

  #faultOfResult(schema: NonNullable<OfferedTool["outputSchema"]>, value: unknown): string | undefined {
    if (value === undefined) return "it has no value";
    const checked = new this.#library.CfWorkerJsonSchemaValidator().getValidator(schema)(value);
    return checked.valid ? undefined : checked.errorMessage;
  }

  #reportProgress(id: string, ctx: ServerContext): Disposable | undefined {
    const { signal, notify, _meta } = ctx.mcpReq;
    const progressToken = _meta?.progressToken;
    if (progressToken === undefined) return undefined;
    const known = this.#progress.get(signal) ?? { count: 0 };
    this.#progress.set(signal, known);
    return this.#parts.calls.follow(id, ({ message }) => {
      const params = { progressToken, progress: ++known.count, message };
      notify({ method: "notifications/progress", params }).catch(() => {
        // The client has gone; its request is aborted, too.
      });
    });
  }

  /** The replies to questions. The library takes them out of the parameters, without those that have no valid form. */
  #repliesIn({ mcpReq }: ServerContext): Readonly<Record<string, unknown>> {
    const { inputResponses, droppedInputResponseKeys: [dropped] = [] } = mcpReq;
    if (inputResponses && dropped === undefined) return inputResponses;
    const which = dropped === undefined
      ? "inputResponses is missing"
      : `the reply to ${dropped.slice(0, 100)}`;
    throw this.#wrong(`${which}: send { ID: { action: "accept", content: { answer } } }`);
  }

  #takesTask({ task }: CallParams, ctx: ServerContext): boolean {
    if (this.#era === "legacy") return task !== undefined;
    const { extensions } = (this.#capabilities(ctx) ?? {}) as { readonly extensions?: object };
    return extensions !== undefined && Object.hasOwn(extensions, tasksExtension);
  }

  #canAsk(ctx: ServerContext): boolean {
    const { elicitation } = (this.#capabilities(ctx) ?? {}) as {
      readonly elicitation?: { readonly form?: unknown; readonly url?: unknown };
    };
    // Without a mode, a client means forms.
    return elicitation !== undefined && (elicitation.form !== undefined || elicitation.url === undefined);
  }

  #capabilities(ctx: ServerContext): unknown {
    const { envelope } = ctx.mcpReq as { readonly envelope?: Readonly<Record<string, unknown>> };
    return this.#era === "modern"
      ? envelope?.[this.#library.CLIENT_CAPABILITIES_META_KEY]
      : this.#server.getClientCapabilities();
  }

  #keyOf(ctx: ServerContext): string | undefined {
    const key = (ctx.mcpReq._meta as Readonly<Record<string, unknown>> | undefined)?.[idempotencyMetaKey];
    if (key === undefined) return undefined;
    if (typeof key === "string" && key.length > 0 && key.length <= maxKeyLength) return key;
    throw this.#wrong(`_meta["${idempotencyMetaKey}"] must be a text of 1 to ${maxKeyLength} characters`);
  }

  async #view(id: string): Promise<CallView> {
    return this.#known(await this.#parts.calls.view(id), id);
  }

  #known(view: CallView | undefined, id: string): CallView {
    if (view) return view;
    throw this.#wrong(`Task not found: ${id.slice(0, 100)}`);
  }

  #wrong(message: string): Error {
    const { ProtocolError, ProtocolErrorCode } = this.#library;
    return new ProtocolError(ProtocolErrorCode.InvalidParams, message);
  }
}

type ProtocolObject = Record<string, unknown>;

interface CallParams {
  readonly name: string;
  readonly arguments?: Readonly<Record<string, unknown>> | undefined;
  readonly task?: unknown;
}

function questionsOf({ status }: CallView): readonly CallQuestion[] {
  return status.kind === "input_required" ? status.questions : [];
}

function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}
