import type { ToolList } from "../tools/mod.ts";
import type { SessionContext } from "./context.ts";
import { serverOf } from "./tool_playbooks.ts";

/**
 * Keeps the lists of the servers' tools. A list is journaled, so a resume shows a model the same functions. A server that
 * was never reached stops the run before a model is asked; later its list is compared, and a change is told.
 */
export class ToolLists {
  readonly #context: SessionContext;
  readonly #abort = new AbortController();
  readonly #refreshing = new Set<string>();

  constructor(context: SessionContext) {
    this.#context = context;
    context.world.tools?.onListChanged((server) => this.#refresh(server));
  }

  /** The servers of the program's classes. */
  #servers(): readonly string[] {
    const { definitions, state } = this.#context;
    const { agents } = definitions.programAt(state.source);
    return [...new Set(agents.flatMap((agentClass) => serverOf(agentClass) ?? []))];
  }

  /** Reaches the servers whose tools are not known, all at once, and records their lists. */
  async open(signal: AbortSignal): Promise<void> {
    const { world, state, schedule, writer, clock } = this.#context;
    const servers = this.#servers();
    const unknown = servers.filter((server) => state.tools?.[server] === undefined);
    const { tools } = world;
    if (!tools) {
      if (unknown.length > 0) {
        schedule.stop({
          kind: "tools",
          message: `This run has no tool servers, and ${unknown.join(", ")} needs one`,
        });
      }
      return;
    }
    const abort = () => this.#abort.abort();
    signal.addEventListener("abort", abort, { once: true });
    const lists = await Promise.allSettled(unknown.map((server) => tools.list(server, this.#abort.signal)));
    const faults: string[] = [];
    for (const [index, list] of lists.entries()) {
      if (list.status === "rejected") faults.push(messageOfReason(list.reason));
      else {
        this.#tellOmitted(unknown[index]!, list.value);
        writer.record({ type: "tools", at: clock.now(), server: unknown[index]!, list: list.value });
      }
    }
    if (faults.length > 0 && !signal.aborted) schedule.stop({ kind: "tools", message: faults.join("\n") });
    if (faults.length > 0) return;
    for (const server of servers) if (!unknown.includes(server)) this.#refresh(server);
  }

  /** Stops lists that are still being fetched. */
  stop(): void {
    this.#abort.abort();
  }

  /** Fetches a list again, and records it if it differs. */
  #refresh(server: string): void {
    const { world, schedule, ui } = this.#context;
    if (this.#refreshing.has(server) || this.#abort.signal.aborted) return;
    this.#refreshing.add(server);
    world.tools!.list(server, this.#abort.signal).then((list) => {
      schedule.post(() => this.#compare(server, list));
    }, (error) => {
      if (this.#abort.signal.aborted) return;
      ui.event({ type: "notice", level: "warning", text: messageOfReason(error) });
    }).finally(() => this.#refreshing.delete(server));
  }

  #compare(server: string, list: ToolList): void {
    const { state, writer, clock, ui } = this.#context;
    const before = state.tools?.[server];
    if (state.end || JSON.stringify(before) === JSON.stringify(list)) return;
    writer.record({ type: "tools", at: clock.now(), server, list });
    const names = (tools: ToolList | undefined) => new Set(tools?.tools.map(({ name }) => name));
    const [old, now] = [names(before), names(list)];
    const added = [...now].filter((name) => !old.has(name));
    const gone = [...old].filter((name) => !now.has(name));
    const changes = [
      ...(added.length > 0 ? [`new: ${added.join(", ")}`] : []),
      ...(gone.length > 0 ? [`gone: ${gone.join(", ")}`] : []),
    ];
    const what = changes.length > 0 ? changes.join("; ") : "descriptions or schemas differ";
    ui.event({ type: "notice", level: "warning", text: `The tools of ${server} have changed (${what})` });
    this.#tellOmitted(server, list);
  }

  #tellOmitted(server: string, { unusable = [], omitted = 0, tools }: ToolList): void {
    const texts = [
      ...(unusable.length > 0 ? [`Tools of ${server} that cannot be used: ${unusable.join(", ")}`] : []),
      ...(omitted > 0
        ? [`${server} has ${omitted} more tools than can be used, beside its first ${tools.length}`]
        : []),
    ];
    for (const text of texts) this.#context.ui.event({ type: "notice", level: "warning", text });
  }
}

function messageOfReason(reason: unknown): string {
  return reason instanceof Error ? reason.message : String(reason);
}
