import { failureText, neverReached } from "../net/mod.ts";
import { type CallInProgress, nextToken, openConnection, type ServerConnection } from "./connection.ts";
import { boundedText, causesOf, reasonOf, unreadableAnswer } from "./failures.ts";
import type { Libraries } from "./library.ts";
import { answerOf } from "./results.ts";
import { schemaFault } from "./schema_fault.ts";
import { NotRunningError } from "./stdio_transport.ts";
import type { ToolBounds, ToolTarget } from "./target.ts";
import { toolList } from "./tool_list.ts";
import {
  type JsonObject,
  type Tool,
  type ToolAnswer,
  type ToolCall,
  type ToolCallOptions,
  type ToolList,
  type Tools,
  ToolServerError,
} from "./tool.ts";

/** The parts of `ToolServers`. */
interface ToolServersOptions {
  readonly targets: readonly ToolTarget[];
  readonly bounds: ToolBounds;
  readonly version: string;
  readonly fetch: typeof fetch;
  /** Takes a line that a server logs, for people. */
  readonly log: (server: string, line: string) => void;
}

/** Attempts to reach a server in a row, and the wait after the first. */
const maxOpens = 4;
const firstWaitMs = 250;
const maxWaitMs = 10_000;
/** Attempts in a row to fetch the result of a task. */
const maxFetches = 8;

/** The key under which a call carries its idempotency key. */
const idempotencyMetaKey = "playbooks/idempotency-key";

/** The tool servers of a session: reaches them when they are needed, starts them again, and calls their tools. */
export class ToolServers implements Tools {
  readonly #options: ToolServersOptions;
  readonly #targets: ReadonlyMap<string, ToolTarget>;
  readonly #connections = new Map<string, ServerConnection>();
  readonly #opening = new Map<string, Promise<ServerConnection>>();
  /** Failures in a row to reach a server, and the time of the last. */
  readonly #failures = new Map<string, { count: number; atMs: number }>();
  readonly #listeners: ((server: string) => void)[] = [];
  readonly #closing = new AbortController();
  #libraries: Libraries | undefined;

  constructor(options: ToolServersOptions) {
    this.#options = options;
    this.#targets = new Map(options.targets.map((target) => [target.name, target]));
  }

  onListChanged(listener: (server: string) => void): void {
    this.#listeners.push(listener);
  }

  refusal(tool: Tool, args: JsonObject): string | undefined {
    return this.#libraries && schemaFault(this.#libraries, tool.input, args);
  }

  async list(server: string, signal: AbortSignal): Promise<ToolList> {
    const connection = await this.#open(server, signal).catch((error) => {
      throw this.#unreachable(server, error);
    });
    const { timeoutMs } = this.#target(server);
    try {
      // Without the capability the library prints a line of its own.
      const hasTools = connection.client.getServerCapabilities()?.tools !== undefined;
      const { tools } = !hasTools ? { tools: [] } : await connection.client.listTools(undefined, {
        cacheMode: "refresh",
        signal,
        timeout: timeoutMs,
      });
      const version = connection.client.getServerVersion();
      return toolList(tools, {
        maxTools: this.#options.bounds.maxTools,
        server: [version?.name ?? server, version?.version ?? ""].join(" ").trim().slice(0, 200),
        instructions: connection.client.getInstructions(),
      });
    } catch (error) {
      throw this.#unreachable(server, error);
    }
  }

  async call(call: ToolCall, options: ToolCallOptions): Promise<ToolAnswer> {
    const { signal } = options;
    let { task } = call;
    for (let failures = 0;;) {
      let connection: ServerConnection;
      try {
        connection = await this.#open(call.server, signal);
      } catch (error) {
        if (signal.aborted) return lost("it was cancelled");
        const { message } = this.#unreachable(call.server, error);
        if (!task) return { kind: "error", name: "ToolServerError", message };
        if (++failures >= maxFetches) return lost(message);
        continue;
      }
      const refused = this.refusal(call.tool, call.arguments);
      if (refused !== undefined && !task) {
        return { kind: "error", name: "TypeError", message: `${call.tool.name}: ${refused}` };
      }
      const attempt = await this.#attempt(connection, { ...call, ...(task ? { task } : {}) }, {
        ...options,
        onTask: (known) => {
          task = known;
          options.onTask(known);
        },
      });
      if (attempt.kind !== "again") return attempt;
      if (signal.aborted) return lost(attempt.why);
      if (++failures >= maxFetches) {
        return task ? lost(attempt.why) : { kind: "error", name: "ToolServerError", message: attempt.why };
      }
      await waitFor(waitMs(failures), signal);
    }
  }

  /** Stops all servers. */
  async close(): Promise<void> {
    this.#closing.abort(new Error("the run has ended"));
    const opening = [...this.#opening.values()].map((each) => each.then((open) => open.close(), () => {}));
    const open = [...this.#connections.values()].map((each) => each.close());
    this.#connections.clear();
    await Promise.all([...opening, ...open]);
  }

  #target(server: string): ToolTarget {
    const target = this.#targets.get(server);
    if (!target) throw new ToolServerError(`There is no tool server ${server} in the program's settings`);
    return target;
  }

  /** The open connection to a server. If there is none, it is made, with a growing wait after failures. */
  #open(server: string, signal: AbortSignal): Promise<ServerConnection> {
    const known = this.#connections.get(server);
    if (known && !known.isClosed) return Promise.resolve(known);
    const opening = this.#opening.get(server);
    if (opening) return abortable(opening, signal);
    const made = this.#connect(server, known !== undefined).finally(() => this.#opening.delete(server));
    this.#opening.set(server, made);
    return abortable(made, signal);
  }

  async #connect(server: string, isAgain: boolean): Promise<ServerConnection> {
    const target = this.#target(server);
    const { fetch, version, bounds, log } = this.#options;
    const { signal } = this.#closing;
    if (isAgain) log(server, "the connection is closed; it is made again");
    for (let attempt = 1;; attempt++) {
      const failed = this.#failures.get(server);
      if (failed) await waitFor(failed.atMs + waitMs(failed.count) - performance.now(), signal);
      signal.throwIfAborted();
      try {
        const connection = await openConnection(target, {
          fetch,
          version,
          maxMessageBytes: Math.round(bounds.maxToolResultMb * 1024 * 1024),
          log: (line) => log(server, line),
          onListChanged: () => this.#changed(server),
        }, signal);
        this.#libraries = connection.libraries;
        this.#failures.delete(server);
        if (signal.aborted) {
          await connection.close();
          signal.throwIfAborted();
        }
        this.#connections.set(server, connection);
        // A server that was started again may be another version.
        if (isAgain) this.#changed(server);
        return connection;
      } catch (error) {
        this.#failures.set(server, { count: (failed?.count ?? 0) + 1, atMs: performance.now() });
        // A program that is not there, or a key that is wrong, does not come by waiting.
        if (attempt === maxOpens || signal.aborted || isLasting(error)) throw error;
        log(server, `cannot be reached: ${failureText(error)}`);
      }
    }
  }

  #changed(server: string): void {
    for (const listener of this.#listeners) listener(server);
  }

  #unreachable(server: string, error: unknown): ToolServerError {
    if (error instanceof ToolServerError) return error;
    const target = this.#targets.get(server)!;
    const what = target.kind === "stdio"
      ? `the command ${boundedText([target.command, ...target.args].join(" ").replace(/\s+/g, " "), 300)}`
      : `the address ${shownUrl(target.url)}`;
    const why = reasonOf(error);
    return new ToolServerError(
      boundedText(
        `The tool server of ${server} cannot be reached (${what}): ${why}${fixFor(target, error)}`,
        1500,
      ),
    );
  }

  async #attempt(
    connection: ServerConnection,
    call: ToolCall,
    options: ToolCallOptions,
  ): Promise<ToolAnswer | { readonly kind: "again"; readonly why: string }> {
    using deadline = new Deadline(this.#target(call.server), options.signal);
    const inProgress: CallInProgress = {
      token: nextToken(),
      asked: new Map(),
      onProgress: (params) => {
        deadline.restart();
        options.onProgress({
          ...(typeof params["progress"] === "number" ? { progress: params["progress"] } : {}),
          ...(typeof params["total"] === "number" ? { total: params["total"] } : {}),
          ...(typeof params["message"] === "string" ? { message: boundedText(params["message"], 500) } : {}),
        });
      },
      onQuestion: async (question) => {
        using _ = deadline.pause();
        return await options.onQuestion(question);
      },
    };
    connection.beginCall(inProgress);
    const { session, libraries } = connection;
    let known = call.task;
    try {
      const execution = known
        ? await session.resumeTask({
          endpointId: call.server,
          generation: known.generation,
          taskId: known.id as never,
          originalOperation: "tools/call",
        } as never, { signal: deadline.signal, applicationContext: inProgress, requestTimeoutMs: longMs })
        : await session.callTool(call.tool.name, call.arguments as never, {
          signal: deadline.signal,
          declaration: declarationOf(call.tool),
          applicationContext: inProgress,
          requestTimeoutMs: longMs,
          task: { preference: "prefer" },
          metadata: { [idempotencyMetaKey]: call.key, progressToken: inProgress.token },
        });
      if (execution.kind === "task" && !known) {
        known = { id: execution.handle.taskId, generation: execution.serializeReference().generation };
        options.onTask(known);
      }
      // A task may take longer than one answer: each word of it counts.
      const settled = execution.settle({
        onEvent: (event) => {
          deadline.restart();
          if (event.type === "task" && event.task.statusMessage !== undefined) {
            options.onProgress({ message: boundedText(event.task.statusMessage, 500) });
          }
        },
      });
      if (execution.kind === "task") deadline.disarm();
      const stopped = abortPromise(options.signal);
      const { outcome } = await Promise.race([settled, stopped.promise]).finally(stopped.forget).catch(
        async (error) => {
          if (execution.kind !== "task") throw error;
          settled.catch(() => {});
          if (options.keepsTask()) await execution.detach().catch(() => {});
          else await execution.cancel(AbortSignal.timeout(cancelMs)).catch(() => {});
          throw error;
        },
      );
      if (outcome.status === "completed") {
        return this.#read(outcome.result as Readonly<Record<string, unknown>>, call.tool, libraries);
      }
      if (outcome.status === "cancelled") {
        return {
          kind: "error",
          name: "ToolError",
          message: `The server cancelled the task of ${call.tool.name}`,
        };
      }
      return this.#failed(outcome.error, { connection, libraries, isTask: known !== undefined, options });
    } catch (error) {
      return this.#failed(deadline.why ?? error, {
        connection,
        libraries,
        isTask: known !== undefined,
        options,
      });
    } finally {
      connection.endCall(inProgress);
    }
  }

  /** The value of a result. Structured data must be as the tool promised: code and models rely on it. */
  #read(result: Readonly<Record<string, unknown>>, tool: Tool, libraries: Libraries): ToolAnswer {
    const answer = answerOf(result, tool.name);
    const { structuredContent } = result;
    if (answer.kind !== "result" || !tool.output || structuredContent === undefined) return answer;
    const fault = schemaFault(libraries, tool.output, structuredContent);
    return fault === undefined ? answer : {
      kind: "error",
      name: "ToolError",
      message: `${tool.name} ran, and its result does not fit its own output schema: ${fault}`,
    };
  }

  /** Decides what the failure of a call means. */
  #failed(
    error: unknown,
    { connection, libraries, isTask, options }: {
      readonly connection: ServerConnection;
      readonly libraries: Libraries;
      readonly isTask: boolean;
      readonly options: ToolCallOptions;
    },
  ): ToolAnswer | { readonly kind: "again"; readonly why: string } {
    if (options.signal.aborted) return lost("it was cancelled");
    const causes = causesOf(error);
    const answered = causes.find((each) =>
      each instanceof libraries.tasks.JsonRpcResponseError || each instanceof libraries.client.ProtocolError
    ) as (Error & { readonly code?: number }) | undefined;
    if (answered) {
      const message = boundedText(answered.message, 2000);
      // The server does not know the task any more: whether its work was done is not known.
      if (isTask && /not found|unknown task|expired|no such task/i.test(message)) return lost(message);
      return { kind: "error", name: "ToolError", message };
    }
    const unread = unreadableAnswer(error);
    if (unread !== undefined) {
      const message = `The server answered, and the answer does not follow the protocol: ${unread}`;
      return { kind: "error", name: "ToolError", message };
    }
    const status = causes.map(httpStatusOf).find((each) => each !== undefined);
    const why = [reasonOf(error), connection.ending].filter((part) => part !== "").join("; ");
    if (causes.some((each) => each instanceof NotRunningError) || neverReached(error)) {
      return { kind: "again", why };
    }
    if (status === 404) {
      // The server forgot this connection, so it did nothing.
      connection.isClosed = true;
      return { kind: "again", why };
    }
    if (status !== undefined && status < 500) return { kind: "error", name: "ToolServerError", message: why };
    if (isTask) return { kind: "again", why };
    return lost(why);
  }
}

function lost(why: string): ToolAnswer {
  return { kind: "lost", why };
}

/** Longer than any deadline of ours. */
const longMs = 2_147_483_000;
const cancelMs = 3000;

/** The times of a call: one restarts with each sign of life. Both stand still while a person is asked. */
class Deadline {
  readonly #timeoutMs: number;
  readonly #totalTimeoutMs: number;
  readonly #abort = new AbortController();
  readonly #outer: AbortSignal;
  readonly #onAbort = () => this.#abort.abort(this.#outer.reason);
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Time without a question, until `#sinceMs`. */
  #spentMs = 0;
  #sinceMs = performance.now();
  #paused = 0;
  #isArmed = true;
  /** The error that ended the call, if this deadline did. */
  why: Error | undefined;

  constructor(
    { timeoutMs, totalTimeoutMs }: Pick<ToolTarget, "timeoutMs" | "totalTimeoutMs">,
    outer: AbortSignal,
  ) {
    this.#timeoutMs = timeoutMs;
    this.#totalTimeoutMs = totalTimeoutMs;
    this.#outer = outer;
    outer.addEventListener("abort", this.#onAbort);
    if (outer.aborted) this.#onAbort();
    this.restart();
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  restart(): void {
    clearTimeout(this.#timer);
    this.#count();
    if (!this.#isArmed || this.#paused > 0) return;
    const leftMs = this.#totalTimeoutMs - this.#spentMs;
    const isTotal = leftMs < this.#timeoutMs;
    const why = isTotal
      ? `it had not ended after ${this.#totalTimeoutMs / 1000} seconds; raise "total_timeout"`
      : `no answer came within ${this.#timeoutMs / 1000} seconds; raise "timeout"`;
    const end = () => {
      this.why = new Error(`${why} of the server to wait longer`);
      this.#abort.abort(this.why);
    };
    if (leftMs <= 0) end();
    else this.#timer = setTimeout(end, isTotal ? leftMs : this.#timeoutMs);
  }

  pause(): Disposable {
    this.#count();
    this.#paused++;
    this.restart();
    return {
      [Symbol.dispose]: () => {
        this.#count();
        this.#paused--;
        this.restart();
      },
    };
  }

  disarm(): void {
    this.#isArmed = false;
    clearTimeout(this.#timer);
  }

  [Symbol.dispose](): void {
    this.disarm();
    this.#outer.removeEventListener("abort", this.#onAbort);
  }

  #count(): void {
    const nowMs = performance.now();
    if (this.#paused === 0) this.#spentMs += nowMs - this.#sinceMs;
    this.#sinceMs = nowMs;
  }
}

function abortPromise(
  signal: AbortSignal,
): { readonly promise: Promise<never>; readonly forget: () => void } {
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => {});
  const onAbort = () => reject(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort, { once: true });
  return { promise, forget: () => signal.removeEventListener("abort", onAbort) };
}

function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  promise.catch(() => {});
  const stopped = abortPromise(signal);
  return Promise.race([promise, stopped.promise]).finally(stopped.forget);
}

function waitMs(failures: number): number {
  return Math.min(maxWaitMs, firstWaitMs * 2 ** (failures - 1));
}

async function waitFor(ms: number, signal: AbortSignal): Promise<void> {
  if (ms <= 0 || signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  signal.addEventListener("abort", () => resolve(), { once: true });
  await promise;
  clearTimeout(timer);
}

/** The HTTP status of an error. Errors of streams of events have it as their code; codes of JSON-RPC are negative. */
function httpStatusOf(error: unknown): number | undefined {
  const { status, code } = error as { readonly status?: unknown; readonly code?: unknown };
  return [status, code].find((each): each is number => typeof each === "number" && each >= 100 && each < 600);
}

/** Whether another attempt would fail in the same way. */
function isLasting(error: unknown): boolean {
  return causesOf(error).some((each) =>
    each instanceof Deno.errors.NotFound || each instanceof Deno.errors.PermissionDenied ||
    each instanceof Deno.errors.NotCapable ||
    [400, 401, 403, 404, 405, 406].includes(httpStatusOf(each) ?? 0)
  );
}

function fixFor(target: ToolTarget, error: unknown): string {
  const causes = causesOf(error);
  if (target.kind === "stdio") {
    return causes.some((each) => each instanceof Deno.errors.NotFound)
      ? "; install that program, or correct `command:`"
      : "; run the command by hand to see what it says";
  }
  const denied = causes.some((each) => [401, 403].includes(httpStatusOf(each) ?? 0));
  return denied ? "; give it a key with `auth:` or `headers:`" : "; start the server, or correct `url:`";
}

function shownUrl(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

function declarationOf(tool: Tool) {
  return {
    name: tool.name,
    inputSchema: tool.input as never,
    ...(tool.task === undefined ? {} : { taskSupport: tool.task }),
  };
}
