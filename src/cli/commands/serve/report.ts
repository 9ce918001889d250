import { messageOf } from "../../../errors.ts";
import { writeAll } from "../../../frontends/streams.ts";
import { tell } from "../../../frontends/tell.ts";
import { jsonText } from "../../../text/mod.ts";
import type { TakerFact } from "../../host/session_taker.ts";
import type { World } from "../../world.ts";
import { WorkerReport } from "../worker/report.ts";
import type { ServeOptions } from "./options.ts";

/** The place where a server listens, and its content. */
interface ServerPlace {
  readonly port: number;
  readonly token: string;
  readonly programs: number;
  /** The storage of its sessions. */
  readonly location: string;
}

/** Prints the address of a server to standard output, and everything else to standard error. */
export class ServeReport {
  readonly #world: World;
  readonly #options: ServeOptions;
  readonly #sessions: WorkerReport;
  #isOver = false;

  constructor(world: World, options: ServeOptions) {
    this.#world = world;
    this.#options = options;
    this.#sessions = new WorkerReport({ ...world, stdout: world.stderr }, { json: false });
  }

  /** Returns the address. */
  begin(place: ServerPlace): string {
    const { json } = this.#options;
    const { address, origin } = this.#addressOf(place);
    const { location, programs } = place;
    const { tokenFile } = this.#options;
    if (json) {
      const token = tokenFile === undefined ? { token: place.token } : { tokenFile };
      writeAll(
        this.#world.stdout,
        `${jsonText({ type: "serve", address, origin, ...token, pid: Deno.pid, location, programs })}\n`,
      );
      return address;
    }
    writeAll(this.#world.stdout, `${address}\n`);
    this.note(`${programs === 1 ? "1 program" : `${programs} programs`}, and the sessions of ${location}`);
    if (tokenFile !== undefined) this.note(`The token is in ${tokenFile}: ${origin}/?token=… opens the page`);
    this.note("Ctrl+C stops the server; its sessions go on at the next start");
    return address;
  }

  note(text: string): void {
    if (this.#isOver) return;
    tell(this.#world.stderr, `ℹ ${text}\n`);
  }

  warning(text: string): void {
    if (this.#isOver) return;
    tell(this.#world.stderr, `⚠️  ${text}\n`);
  }

  /** Reports a fault of ours, whose words no client gets. */
  fault(error: unknown): void {
    this.warning(`A request failed, which is a fault of playbooks itself: ${messageOf(error)}`);
    const isTraced = !this.#isOver && (this.#world.environment["PLAYBOOKS_DEBUG"] ?? "") !== "";
    if (isTraced && error instanceof Error) tell(this.#world.stderr, `${error.stack ?? ""}\n`);
  }

  taker(fact: TakerFact): void {
    this.#sessions.taker(fact);
  }

  /** Prints the last line. `left`: sessions that did not stop in time; they may report something later. */
  end(left: readonly string[]): void {
    if (left.length === 0) this.note("The server has stopped");
    else {
      this.warning(
        `The server has stopped; these sessions did not stop in time, and are safe: ${left.join(", ")}`,
      );
    }
    this.#sessions.close();
    this.#isOver = true;
  }

  /** The address of the first visit. A token that is kept in a file does not belong into logs. */
  #addressOf({ port, token }: ServerPlace): { readonly address: string; readonly origin: string } {
    const { host, tokenFile } = this.#options;
    const name = host === "0.0.0.0" || host === "::"
      ? Deno.hostname()
      : host.includes(":")
      ? `[${host}]`
      : host;
    const origin = `http://${name}:${port}`;
    return { origin, address: tokenFile === undefined ? `${origin}/?token=${token}` : `${origin}/` };
  }
}
