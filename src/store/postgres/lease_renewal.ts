import { messageOf } from "../../errors.ts";
import type { Database } from "./database.ts";

/**
 * Extends the leases that this process holds, by the server's clock. One statement extends all. An append extends its
 * session's lease as well, so this serves sessions that wait.
 *
 * A lease that another process has taken over is not extended, because its token differs.
 */
export class LeaseRenewal {
  readonly #database: Database;
  readonly #leaseMs: number;
  readonly #tokens = new Map<string, number>();
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(database: Database, leaseMs: number) {
    this.#database = database;
    this.#leaseMs = leaseMs;
  }

  add(session: string, token: number): void {
    this.#tokens.set(session, token);
    this.#timer ??= this.#start();
  }

  remove(session: string, token: number): void {
    if (this.#tokens.get(session) === token) this.#tokens.delete(session);
    if (this.#tokens.size === 0) this.stop();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Extends all leases now. A failure is no error: the next append reports a lost lease or a lost database. */
  async extend(): Promise<string | undefined> {
    const held = [...this.#tokens];
    if (held.length === 0) return undefined;
    try {
      await this.#database.query(
        "Cannot extend the leases",
        `update ${this.#database.table("heads")} as head
          set held_until = clock_timestamp() + $3 * interval '1 millisecond'
          from unnest(string_to_array($1, ',')::uuid[], string_to_array($2, ',')::bigint[]) as held (session, token)
          where head.session = held.session and head.token = held.token and head.held_until is not null`,
        [held.map(([session]) => session).join(), held.map(([, token]) => token).join(), this.#leaseMs],
      );
      return undefined;
    } catch (error) {
      return messageOf(error);
    }
  }

  #start(): ReturnType<typeof setInterval> {
    const timer = setInterval(() => this.extend(), this.#leaseMs / 4);
    Deno.unrefTimer(timer);
    return timer;
  }
}
