import { assert, assertEquals } from "@std/assert";
import type { PlaybooksProcess, ProcessOptions, TestFolder } from "./playbooks_process.ts";

/** JSON of any form; tests look at the parts that they know. */
// deno-lint-ignore no-explicit-any
export type Loose = any;

/** A message of a server. */
interface Line {
  readonly id?: number | string | null;
  readonly method?: string;
  readonly params?: Loose;
  readonly result?: Loose;
  readonly error?: { readonly code: number; readonly message: string };
}

const protocol = "io.modelcontextprotocol";

/** The parameters of a request in the protocol of 2026-07-28. */
export function modernParams(
  params: Readonly<Record<string, Loose>> = {},
  { tasks = true, elicitation = true }: { readonly tasks?: boolean; readonly elicitation?: boolean } = {},
): Loose {
  const { _meta, ...rest } = params;
  return {
    ...rest,
    _meta: {
      ..._meta,
      [`${protocol}/protocolVersion`]: "2026-07-28",
      [`${protocol}/clientInfo`]: { name: "test", version: "1" },
      [`${protocol}/clientCapabilities`]: {
        ...(elicitation ? { elicitation: { form: {} } } : {}),
        ...(tasks ? { extensions: { [`${protocol}/tasks`]: {} } } : {}),
      },
    },
  };
}

/** `playbooks mcp` as a process, and its messages on the standard streams. */
export class McpProcess {
  readonly process: PlaybooksProcess;
  #count = 0;

  constructor(folder: TestFolder, args: readonly string[], options: ProcessOptions = {}) {
    this.process = folder.start(["mcp", ...args], options);
  }

  /** All messages so far. Throws if a line is none: standard output is only for the protocol. */
  get lines(): readonly Line[] {
    return this.process.stdout.split("\n").slice(0, -1).map((line) => {
      const message = JSON.parse(line);
      assertEquals(message.jsonrpc, "2.0", line);
      return message;
    });
  }

  notify(method: string, params: Loose = {}): void {
    this.send({ method, params });
  }

  send(message: object): void {
    this.process.send(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  }

  /** Sends a request and gives its id. */
  ask(method: string, params: Loose = {}): number {
    const id = ++this.#count;
    this.send({ id, method, params });
    return id;
  }

  /** Waits for the answer to a request, or for a message that fits. */
  async answer(wanted: number | string | ((line: Line) => boolean)): Promise<Line> {
    const fits = typeof wanted === "function"
      ? wanted
      : (line: Line) => line.id === wanted && line.method === undefined;
    const has = await this.process.untilTrue(() => this.lines.some(fits), 5);
    assert(has, `no answer to ${wanted}\n${this.process.stdout}\n${this.process.stderr}`);
    return this.lines.find(fits)!;
  }

  /** The result of a request. Throws for an error. */
  async request(method: string, params: Loose = {}): Promise<Loose> {
    const { result, error } = await this.answer(this.ask(method, params));
    assert(result !== undefined, JSON.stringify(error));
    return result;
  }

  /** The error of a request. */
  async refused(method: string, params: Loose = {}): Promise<NonNullable<Line["error"]>> {
    const { result, error } = await this.answer(this.ask(method, params));
    assert(error !== undefined, JSON.stringify(result));
    return error;
  }

  /** A request in the protocol of 2026-07-28. */
  modern(
    method: string,
    params: Loose = {},
    options: Parameters<typeof modernParams>[1] = {},
  ): Promise<Loose> {
    return this.request(method, modernParams(params, options));
  }

  /** Greets the server in an older protocol. */
  async initialize(
    { version = "2025-11-25", capabilities = {} }: {
      readonly version?: string;
      readonly capabilities?: object;
    } = {},
  ): Promise<Loose> {
    const clientInfo = { name: "test", version: "1" };
    const greeted = await this.request("initialize", { protocolVersion: version, capabilities, clientInfo });
    this.notify("notifications/initialized");
    return greeted;
  }

  /** The id of a call that became a task. */
  async task(name: string, given: Loose = {}, key?: string): Promise<string> {
    const _meta = key === undefined ? {} : { "playbooks/idempotency-key": key };
    const { resultType, taskId } = await this.modern("tools/call", { name, arguments: given, _meta });
    assertEquals(resultType, "task");
    return taskId;
  }

  /** Asks for the state of a task until it is no longer `working`. */
  async untilSettled(taskId: string): Promise<Loose> {
    for (;;) {
      const task = await this.modern("tasks/get", { taskId });
      if (task.status !== "working") return task;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Ends the input, and waits for the end of the process. */
  async end(): Promise<void> {
    this.process.closeInput();
    const { code, stderr } = await this.process.finished;
    assertEquals(code, 0, stderr);
  }

  async kill(): Promise<void> {
    this.process.kill("SIGKILL");
    await this.process.finished;
  }
}
