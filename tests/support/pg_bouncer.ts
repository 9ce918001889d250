import { join } from "@std/path";
import { asPostgresUser, freePort } from "./postgres_server.ts";

/** PgBouncer between clients and a server of tests, on a port of loopback. */
export class PgBouncer implements AsyncDisposable {
  readonly port = freePort();
  readonly #folder = Deno.makeTempDirSync({ prefix: "playbooks-pgbouncer-" });
  readonly #child: Deno.ChildProcess;

  private constructor(server: number, settings: Readonly<Record<string, string>>) {
    Deno.chmodSync(this.#folder, 0o777);
    const all = {
      listen_addr: "127.0.0.1",
      listen_port: String(this.port),
      unix_socket_dir: "",
      auth_type: "any",
      ...settings,
    };
    const lines = Object.entries(all).map(([name, value]) => `${name} = ${value}`);
    const file = join(this.#folder, "pgbouncer.ini");
    Deno.writeTextFileSync(
      file,
      `[databases]\n* = host=127.0.0.1 port=${server} user=postgres\n[pgbouncer]\n${lines.join("\n")}\n`,
    );
    const [command, ...args] = asPostgresUser(program, "-q", file);
    this.#child = new Deno.Command(command!, { args, stdin: "null", stdout: "null", stderr: "null" }).spawn();
  }

  /** Starts it, and waits until it listens. */
  static async before(server: number, settings: Readonly<Record<string, string>>): Promise<PgBouncer> {
    const bouncer = new PgBouncer(server, settings);
    let hasEnded = false;
    bouncer.#child.status.then(() => hasEnded = true);
    while (!await isOpen(bouncer.port)) if (hasEnded) throw new Error("PgBouncer has ended");
    return bouncer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.status;
    await Deno.remove(this.#folder, { recursive: true });
  }
}

const program = "/usr/sbin/pgbouncer";

/** The reason why tests with PgBouncer cannot run here. */
export function pgBouncerMissing(): string | undefined {
  try {
    Deno.statSync(program);
    return undefined;
  } catch {
    return "PgBouncer is not installed; install it with: apt-get install pgbouncer";
  }
}

async function isOpen(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch {
    return false;
  }
}
