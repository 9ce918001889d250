import { messageOf } from "../../../errors.ts";
import { tell } from "../../../frontends/tell.ts";
import type { TakerFact } from "../../host/session_taker.ts";
import type { World } from "../../world.ts";
import { WorkerReport } from "../worker/report.ts";
import type { McpOptions } from "./options.ts";

/** Tells people on standard error what a tool server does. Standard output is the protocol's. */
export class McpReport {
  readonly #world: World;
  readonly #isVerbose: boolean;
  readonly #sessions: WorkerReport;

  constructor(world: World, { verbose }: Pick<McpOptions, "verbose">) {
    this.#world = world;
    this.#isVerbose = verbose;
    this.#sessions = new WorkerReport({ ...world, stdout: world.stderr }, { json: false });
  }

  begin({ tools, location }: { readonly tools: number; readonly location: string }): void {
    this.note(`${tools === 1 ? "1 tool" : `${tools} tools`}; the sessions of calls are in ${location}`);
  }

  note(text: string): void {
    if (this.#isVerbose) tell(this.#world.stderr, `ℹ ${text}\n`);
  }

  /** Reports our own fault. The client has got its message. */
  fault(error: unknown): void {
    tell(this.#world.stderr, `⚠️  The server failed: ${messageOf(error)}\n`);
  }

  /** Begins and ends of sessions are for who asked for them; what a person must repair is always told. */
  taker(fact: TakerFact): void {
    if (this.#isVerbose || (fact.type !== "take" && fact.type !== "end")) this.#sessions.taker(fact);
  }

  end(left: readonly string[]): void {
    if (left.length > 0) {
      tell(
        this.#world.stderr,
        `⚠️  Sessions that did not stop in time go on at the next start: ${left.join(", ")}\n`,
      );
    }
  }
}
