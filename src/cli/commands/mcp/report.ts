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
  #isOver = false;

  constructor(world: World, { verbose }: Pick<McpOptions, "verbose">) {
    this.#world = world;
    this.#isVerbose = verbose;
    this.#sessions = new WorkerReport({ ...world, stdout: world.stderr }, { json: false });
  }

  begin({ tools, location }: { readonly tools: number; readonly location: string }): void {
    this.note(`${tools === 1 ? "1 tool" : `${tools} tools`}; the sessions of calls are in ${location}`);
  }

  note(text: string): void {
    if (this.#isVerbose) this.#tell(`ℹ ${text}`);
  }

  warning(text: string): void {
    this.#tell(`⚠️  ${text}`);
  }

  /** Reports our own fault. The client has got its message. */
  fault(error: unknown): void {
    this.warning(`The server failed: ${messageOf(error)}`);
  }

  /** Begins and ends of sessions are for who asked for them; what a person must repair is always told. */
  taker(fact: TakerFact): void {
    if (this.#isVerbose || (fact.type !== "take" && fact.type !== "end")) this.#sessions.taker(fact);
  }

  /** Nothing follows. `left`: sessions that did not stop in time; they may report something later. */
  end(left: readonly string[]): void {
    if (left.length > 0) {
      this.warning(`Sessions that did not stop in time go on at the next start: ${left.join(", ")}`);
    }
    this.#sessions.close();
    this.#isOver = true;
  }

  #tell(line: string): void {
    if (!this.#isOver) tell(this.#world.stderr, `${line}\n`);
  }
}
