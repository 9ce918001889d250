import { join } from "@std/path";
import type { Certificate } from "./certificates.ts";

/** A Postgres server for tests, in a temporary folder, on a socket in that folder and on a port of loopback. */
export interface PostgresServer {
  readonly port: number;
  readonly folder: string;
  /** The address of a new schema. `more` are options of the address. */
  address(more?: string): string;
  /** Ends all processes of the server with SIGKILL. */
  kill(): void;
  /** Starts the server again after `kill`. */
  start(): void;
  /** Encrypts new connections with a certificate. */
  useCertificate(certificate: Certificate): void;
  /** Lets only encrypted connections in from now on. */
  requireEncryption(): void;
  /** Ends the server and removes its folder. */
  remove(): void;
}

/** The settings of a server in `postgresql.conf`. */
type ServerSettings = Readonly<Record<string, string>>;

/** The folder of Postgres' programs; `undefined` if they are not installed. */
export function postgresPrograms(): string | undefined {
  try {
    const versions = [...Deno.readDirSync("/usr/lib/postgresql")].map(({ name }) => Number(name));
    const folder = `/usr/lib/postgresql/${Math.max(...versions)}/bin`;
    return Deno.statSync(`${folder}/postgres`).isFile ? folder : undefined;
  } catch {
    return undefined;
  }
}

/** The reason why tests with a server cannot run here. */
export function postgresMissing(): string | undefined {
  return postgresPrograms() === undefined
    ? "Postgres is not installed; install it with: apt-get install postgresql"
    : undefined;
}

let shared: PostgresServer | undefined;

/** A server for all tests of this process. It does not wait for its disk. */
export function sharedPostgres(): PostgresServer {
  if (shared) return shared;
  const server = shared = makePostgres({ fsync: "off", full_page_writes: "off" });
  globalThis.addEventListener("unload", () => server.remove());
  return server;
}

/** Makes a server. It is no child process of this one, so tests may share it. */
export function makePostgres(settings: ServerSettings = {}): PostgresServer {
  const folder = Deno.makeTempDirSync({ prefix: "playbooks-postgres-" });
  const data = join(folder, "data");
  Deno.chmodSync(folder, 0o777);
  asPostgres("initdb", [
    "-D",
    data,
    "-U",
    "postgres",
    "-A",
    "trust",
    "-E",
    "UTF8",
    "--locale=C",
    "--no-sync",
  ]);
  // The user `guarded` needs a password. The first line that fits counts. The last one is for namespaces.
  const rules = join(data, "pg_hba.conf");
  Deno.writeTextFileSync(
    rules,
    `host all guarded 127.0.0.1/32 scram-sha-256\n${
      Deno.readTextFileSync(rules)
    }host all all samenet trust\n`,
  );
  return startedServer(folder, data, settings);
}

/** Makes a standby that follows a server. */
export function makeStandby(primary: PostgresServer, settings: ServerSettings = {}): PostgresServer {
  const folder = Deno.makeTempDirSync({ prefix: "playbooks-postgres-" });
  const data = join(folder, "data");
  Deno.chmodSync(folder, 0o777);
  const from = `host=127.0.0.1 port=${primary.port} user=postgres application_name=standby`;
  asPostgres("pg_basebackup", ["-D", data, "-d", from, "-R", "-X", "stream", "--no-sync", "-c", "fast"]);
  return startedServer(folder, data, settings);
}

/** Makes a standby the primary, and waits for it. */
export function promote({ folder }: PostgresServer): void {
  asPostgres("pg_ctl", ["promote", "-w", "-D", join(folder, "data")]);
}

function startedServer(folder: string, data: string, settings: ServerSettings): PostgresServer {
  const port = freePort();
  const all = {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: folder,
    max_connections: "200",
    shared_buffers: "32MB",
    ...settings,
  };
  const options = Object.entries(all).map(([name, value]) => `-c ${name}='${value}'`).join(" ");
  const start = () =>
    asPostgres("pg_ctl", ["start", "-w", "-D", data, "-l", `${folder}/log`, "-o", `-p ${port} ${options}`]);
  const restart = () =>
    asPostgres("pg_ctl", ["restart", "-w", "-m", "fast", "-D", data, "-l", `${folder}/log`]);
  const stop = (mode: string) =>
    asPostgres("pg_ctl", ["stop", "-w", "-m", mode, "-D", data], { mayFail: true });
  start();
  return {
    port,
    folder,
    address: (more = "") => `postgres://postgres@127.0.0.1:${port}/postgres?schema=${newSchema()}${more}`,
    kill: () => killAll(data),
    start,
    useCertificate({ certificate, key }) {
      // The server reads only a key of its own user.
      const own = join(data, "server.key");
      Deno.copyFileSync(key, own);
      Deno.chmodSync(own, 0o600);
      const { uid, gid } = Deno.statSync(data);
      Deno.chownSync(own, uid, gid);
      Deno.copyFileSync(certificate, join(data, "server.crt"));
      Deno.chmodSync(join(data, "server.crt"), 0o644);
      changeFile(join(data, "postgresql.conf"), (text) => text.replace(/(\nssl = on\n)?$/, "\nssl = on\n"));
      restart();
    },
    requireEncryption() {
      changeFile(join(data, "pg_hba.conf"), (text) => text.replaceAll(/^host /gm, "hostssl "));
      restart();
    },
    remove() {
      stop("immediate");
      Deno.removeSync(folder, { recursive: true });
    },
  };
}

function changeFile(path: string, change: (text: string) => string): void {
  Deno.writeTextFileSync(path, change(Deno.readTextFileSync(path)));
}

/** Ends a server and its children with SIGKILL, and waits until they are gone. */
function killAll(data: string): void {
  const pid = Number(Deno.readTextFileSync(join(data, "postmaster.pid")).split("\n")[0]);
  // A stopped server makes no more children.
  Deno.kill(pid, "SIGSTOP");
  const pids = [...childrenOf(pid), pid];
  for (const each of pids) {
    try {
      Deno.kill(each, "SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }
  while (pids.some(isAlive));
  // A new server would take the dead process for a live one, until its parent notices its end.
  for (const file of [join(data, "postmaster.pid"), ...socketsIn(join(data, ".."))]) Deno.removeSync(file);
}

function socketsIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => name.startsWith(".s.PGSQL"))
    .map((name) => join(folder, name));
}

function childrenOf(parent: number): number[] {
  return ps(["-o", "pid=", "--ppid", String(parent)]).split("\n").map(Number).filter((pid) => pid > 0);
}

function isAlive(pid: number): boolean {
  // A zombie has ended; its parent has not noticed yet.
  return /^[^Z]/.test(ps(["-o", "stat=", "-p", String(pid)]).trim());
}

function ps(args: readonly string[]): string {
  const { stdout } = new Deno.Command("ps", { args: [...args], stdin: "null", stderr: "null" }).outputSync();
  return new TextDecoder().decode(stdout);
}

let schemas = 0;

function newSchema(): string {
  return `test_${Deno.pid}_${++schemas}`;
}

/** A free port of loopback. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** The command line that runs a program as the user `postgres`, if this user is root. */
export function asPostgresUser(program: string, ...args: readonly string[]): readonly string[] {
  const prefix = Deno.uid() === 0 ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] : [];
  return [...prefix, program, ...args];
}

/** Runs a program of Postgres. It refuses to run as root, so root runs it as the user `postgres`. */
function asPostgres(
  program: string,
  args: readonly string[],
  { mayFail = false }: { readonly mayFail?: boolean } = {},
): void {
  const [command, ...rest] = asPostgresUser(join(postgresPrograms()!, program), ...args);
  // The server inherits the streams of `pg_ctl`. Pipes would keep this process waiting for it.
  const { success } = new Deno.Command(command!, {
    args: rest,
    cwd: "/tmp",
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).outputSync();
  if (!success && !mayFail) throw new Error(`${program} failed: ${args.join(" ")}`);
}
