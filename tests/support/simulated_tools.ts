import type {
  Tool,
  ToolAnswer,
  ToolCall,
  ToolCallOptions,
  ToolList,
  ToolQuestion,
  Tools,
} from "../../src/tools/mod.ts";
import { ToolServerError } from "../../src/tools/mod.ts";

/** The world behind tool servers, which outlives runs: calls that were made, and tasks. */
export interface ToolWorld {
  /** `Shop.order`, with the arguments and the idempotency key. */
  readonly calls: { readonly tool: string; readonly key: string }[];
  /** Results by the id of their task. */
  readonly tasks: Map<string, ToolAnswer>;
  /** Tasks whose result was fetched with a handle of an earlier run. */
  readonly fetched: string[];
  readonly cancelled: string[];
}

export function toolWorld(): ToolWorld {
  return { calls: [], tasks: new Map(), fetched: [], cancelled: [] };
}

/** What a tool does. `"task"` makes it a task with this result; a question is asked first. */
export interface SimulatedTool extends Omit<Tool, "input"> {
  readonly input?: Tool["input"];
  readonly answer: ToolAnswer | "lost" | "never";
  readonly isTask?: true;
  readonly question?: ToolQuestion;
}

/** Tool servers in memory. */
export class SimulatedTools implements Tools {
  readonly #world: ToolWorld;
  readonly #servers: Readonly<Record<string, readonly SimulatedTool[]>>;
  readonly #listeners: ((server: string) => void)[] = [];
  /** Servers that cannot be reached. */
  readonly down = new Set<string>();

  constructor(world: ToolWorld, servers: Readonly<Record<string, readonly SimulatedTool[]>>) {
    this.#world = world;
    this.#servers = servers;
  }

  onListChanged(listener: (server: string) => void): void {
    this.#listeners.push(listener);
  }

  /** The server says that its list has changed. */
  changed(server: string): void {
    for (const listener of this.#listeners) listener(server);
  }

  refusal(): undefined {
    return undefined;
  }

  async list(server: string): Promise<ToolList> {
    await Promise.resolve();
    if (this.down.has(server)) throw new ToolServerError(`The tool server of ${server} cannot be reached`);
    const tools = this.#servers[server]!.map(({ answer: _a, isTask: _i, question: _q, ...tool }) => ({
      input: { type: "object" },
      ...tool,
    }));
    return { server: `${server} 1.0`, tools };
  }

  async call({ server, tool, key, task }: ToolCall, options: ToolCallOptions): Promise<ToolAnswer> {
    const { calls, tasks, fetched, cancelled } = this.#world;
    if (task) {
      fetched.push(task.id);
      return tasks.get(task.id) ?? { kind: "lost", why: "the task is not known" };
    }
    await Promise.resolve();
    if (this.down.has(server)) {
      return { kind: "error", name: "ToolServerError", message: `${server} is down` };
    }
    calls.push({ tool: `${server}.${tool.name}`, key });
    const { answer, isTask, question } = this.#servers[server]!.find(({ name }) => name === tool.name)!;
    if (question) {
      const reply = await options.onQuestion(question);
      const text = reply.action === "accept" ? JSON.stringify(reply.content) : reply.action;
      return { kind: "result", value: text, files: [] };
    }
    if (answer === "never") {
      await new Promise((resolve) => options.signal.addEventListener("abort", resolve));
      return { kind: "lost", why: "it was cancelled" };
    }
    if (answer === "lost") return { kind: "lost", why: "the server died" };
    if (isTask) {
      const id = `task-${tasks.size + 1}`;
      tasks.set(id, answer);
      options.onTask({ id, generation: "v2" });
      // A run may be killed while the server works.
      await new Promise((resolve) => setTimeout(resolve, 1));
      if (options.signal.aborted && !options.keepsTask()) cancelled.push(id);
    }
    options.onProgress({ progress: 1, total: 1 });
    return answer;
  }
}

/** A result with a value and no files. */
export function result(value: string | number | { readonly [key: string]: string | number }): ToolAnswer {
  return { kind: "result", value, files: [] };
}
