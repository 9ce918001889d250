import type { CallView, ToolCalls } from "../../src/frontends/mcp/mod.ts";

const tool = { name: "echo", inputSchema: { type: "object" as const, properties: {} } };

/** Calls that never end, and remember what was done to them. */
export class EndlessCalls implements ToolCalls {
  readonly tools = [tool];
  isClosing = false;
  readonly stopped: string[] = [];
  begun = 0;
  readonly #begun = Promise.withResolvers<void>();

  /** Resolves when there is a call. */
  get hasBegun(): Promise<void> {
    return this.#begun.promise;
  }

  faultOf(): undefined {
    return undefined;
  }

  begin(): Promise<string> {
    this.#begun.resolve();
    return Promise.resolve(`call ${++this.begun}`);
  }

  view(id: string): Promise<CallView> {
    const at = "2026-01-01T00:00:00Z";
    const status = { kind: "working" as const };
    return Promise.resolve({ id, tool: tool.name, createdAt: at, updatedAt: at, status });
  }

  async settled(id: string, signal: AbortSignal): Promise<CallView> {
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve));
    return await this.view(id);
  }

  list(): Promise<readonly CallView[]> {
    return Promise.all(Array.from({ length: this.begun }, (_, index) => this.view(`call ${index + 1}`)));
  }

  answer(): Promise<void> {
    return Promise.resolve();
  }

  stop(id: string): Promise<void> {
    this.stopped.push(id);
    return Promise.resolve();
  }

  follow(): Disposable {
    return { [Symbol.dispose]: () => {} };
  }
}
