import type { Socket } from "node:net";
import type { DatabaseAddress } from "./address.ts";
import { codeOf, ConnectionLostError, isOfConnection } from "./database_error.ts";
import { encrypted, settledBy } from "./encryption.ts";

/** A row of a result. Numbers of 64 bits are texts. */
export type Row = Readonly<Record<string, string | number | boolean | null | Uint8Array>>;

/** Rows, and the server's process as the handshake named it. */
type Answer = readonly Row[] & { readonly state?: { readonly pid?: number } };

/** A parameter of a statement. Lists are given as one text, because the driver would ask the server for their types. */
export type Value = string | number | boolean | null | Uint8Array;

/** Runs statements in a transaction. */
export type Run = (text: string, values?: readonly Value[]) => Promise<readonly Row[]>;

/** Points at which tests lose the connection. */
export interface LinkFaults {
  /** Called before a statement is sent. If it returns true, the connection is cut, and the server never gets it. */
  beforeSend?(text: string): boolean;
  /** Called after the server has answered. If it returns true, the connection is cut, and the answer is lost. */
  afterAnswer?(text: string): boolean;
}

type TransactionMode = "read write" | "isolation level repeatable read read only";

interface LinkOptions {
  /** The number of connections. One connection carries many statements at a time, in order. */
  readonly connections: number;
  /**
   * A pooler is in between, which may give each transaction another connection to the server: nothing is kept in a
   * connection, so there are no prepared statements and no settings.
   */
  readonly isPooled?: boolean;
  /** Without an answer for so long, the connection is cut. */
  readonly answerMs: number;
  /** Settings of the server for these connections. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly onNotify?: (channel: string, payload: string) => void;
  readonly onClose?: () => void;
  readonly faults?: LinkFaults | undefined;
}

/**
 * Connections to one server. When a connection ends, its statements fail with `ConnectionLostError`, and the link is
 * broken for ever: who uses it makes another one, perhaps to another server.
 */
export class ServerLink {
  /** A connection was lost, or the link was closed. */
  isBroken = false;
  readonly #options: LinkOptions;
  readonly #sockets = new Set<Socket>();
  readonly #driver: Driver;

  private constructor(driver: (link: ServerLink) => Driver, options: LinkOptions) {
    this.#options = options;
    this.#driver = driver(this);
  }

  /** The settings of the server that this link changed. */
  get settings(): LinkOptions["settings"] {
    return this.#options.isPooled ? undefined : this.#options.settings;
  }

  get isPooled(): boolean {
    return this.#options.isPooled ?? false;
  }

  /** Makes a link. Its connections open when they are needed. */
  static async to(
    address: DatabaseAddress,
    server: DatabaseAddress["hosts"][number],
    options: LinkOptions,
  ): Promise<ServerLink> {
    const { postgres } = await import("./postgres_library.ts");
    return new ServerLink((link) =>
      postgres(
        {
          host: server.host,
          port: server.port,
          ...(address.user === undefined ? {} : { user: address.user }),
          ...(address.password === undefined ? {} : { password: address.password }),
          ...(address.database === undefined ? {} : { database: address.database }),
          // `#open` encrypts.
          ssl: false,
          max: options.connections,
          idle_timeout: 0,
          max_lifetime: null,
          connect_timeout: Math.ceil(options.answerMs / 1000),
          fetch_types: false,
          // For the driver's own statements. A pooler can lose a prepared `commit`: the driver then repeats it, and the
          // server answers with success, although it has rolled back.
          prepare: false,
          backoff: false,
          connection: {
            application_name: "playbooks",
            ...(link.isPooled ? {} : { ...noTimeLimits, ...options.settings }),
          },
          // Notices are for the administrator; the server's log has them.
          onnotice: () => {},
          onnotify: options.onNotify,
          onclose: () => link.#broken(),
          socket: () => link.#open(address, server),
        } as Parameters<typeof postgres>[0] & object,
      ) as unknown as Driver, options);
  }

  /** Runs one statement, which is a transaction of its own. Statements that are given together share a round trip. */
  async run(text: string, values: readonly Value[] = []): Promise<Answer> {
    return await this.#watched(text, () => this.#driver.unsafe(text, [...values], this.#statements));
  }

  get #statements(): { readonly prepare: boolean } {
    return { prepare: !this.isPooled };
  }

  /** Runs statements in one transaction. */
  async transaction<T>(mode: TransactionMode, work: (run: Run) => Promise<T>): Promise<T> {
    return await this.#watched(
      "commit",
      (answered) =>
        this.#driver.begin(mode, (driver) =>
          work(async (text, values = []) => {
            this.#checkSend(text);
            const rows = await driver.unsafe(text, [...values], this.#statements);
            answered();
            return rows;
          })),
    );
  }

  /** Ends the connections at once. Statements under way fail. */
  cut(): void {
    this.isBroken = true;
    for (const socket of this.#sockets) socket.destroy();
    this.#driver.end({ timeout: 0 }).catch(() => {});
  }

  /** Ends the connections after their statements. */
  async close(): Promise<void> {
    this.isBroken = true;
    await this.#driver.end({ timeout: 1 }).catch(() => {});
    for (const socket of this.#sockets) socket.destroy();
  }

  /**
   * Fails when no answer has come in time, whatever the driver does with the statement meanwhile. `answered` gives the work
   * as much time again.
   */
  async #watched<T>(text: string, send: (answered: () => void) => PromiseLike<T>): Promise<T> {
    if (this.isBroken) throw new ConnectionLostError("The connection was lost before");
    if (text !== "commit") this.#checkSend(text);
    const late = Promise.withResolvers<never>();
    const watch = () =>
      setTimeout(() => {
        this.cut();
        late.reject(new ConnectionLostError("No answer came in time"));
      }, this.#options.answerMs);
    let timer = watch();
    let answer: T;
    try {
      const sent = send(() => {
        clearTimeout(timer);
        timer = watch();
      });
      answer = await Promise.race([sent, late.promise]);
    } catch (error) {
      if (isOfConnection(error)) this.cut();
      throw error;
    } finally {
      clearTimeout(timer);
    }
    if (this.#options.faults?.afterAnswer?.(text)) {
      this.cut();
      throw new ConnectionLostError("The connection was cut after an answer");
    }
    return answer;
  }

  #checkSend(text: string): void {
    if (!this.#options.faults?.beforeSend?.(text)) return;
    this.cut();
    throw new ConnectionLostError("The connection was cut before a statement");
  }

  #broken(): void {
    if (this.isBroken) return;
    this.cut();
    this.#options.onClose?.();
  }

  async #open(address: DatabaseAddress, { host, port }: DatabaseAddress["hosts"][number]): Promise<Socket> {
    const { connect } = await import("node:net");
    // The driver would connect again for statements that have not been sent.
    if (this.isBroken) throw new ConnectionLostError("The connection was lost before");
    const plain = this.#keep(
      host.startsWith("/") ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host),
    );
    const late = new ConnectionLostError(`${host}:${port} does not answer`);
    const timer = setTimeout(() => plain.destroy(late), this.#options.answerMs);
    try {
      await settledBy(plain, "connect", () => {});
      plain.setNoDelay(true);
      const socket = host.startsWith("/") ? plain : await encrypted(plain, { address, host });
      return socket === plain ? plain : this.#keep(socket);
    } catch (error) {
      plain.destroy();
      throw codeOf(error) === "ECONNREFUSED" && !host.startsWith("/")
        ? await refusalOf(error, { host, port })
        : error;
    } finally {
      clearTimeout(timer);
    }
  }

  #keep(socket: Socket): Socket {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    return socket;
  }
}

/**
 * Why a connection was refused. `node:net` of Deno 2.7 reports each failure as a refusal, also that of a host without a
 * route, so the question is put to the system once more.
 */
async function refusalOf(
  error: unknown,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<unknown> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) =>
    timer = setTimeout(() => resolve(undefined), maxRefusalMs)
  );
  const cause = Deno.connect({ hostname: host, port }).then((connection) => {
    connection.close();
    return undefined;
  }, (cause: unknown) => cause);
  const found = await Promise.race([cause, late]);
  clearTimeout(timer);
  return codeOf(found).startsWith("E") ? found : error;
}

/** A router may take that long to say that it has no route. */
const maxRefusalMs = 4_000;

/** The parts of the driver that a link uses. */
interface Driver {
  unsafe(
    text: string,
    values: Value[],
    options: { readonly prepare: boolean },
  ): Promise<Answer>;
  begin<T>(mode: string, work: (driver: Driver) => Promise<T>): Promise<T>;
  end(options: { readonly timeout: number }): Promise<void>;
}

/**
 * A time limit of the server would break two promises: it could end the wait for a standby and report success, or end an
 * append whose outcome we then have to ask for.
 */
export const noTimeLimits = {
  statement_timeout: "0",
  lock_timeout: "0",
  idle_in_transaction_session_timeout: "0",
};
