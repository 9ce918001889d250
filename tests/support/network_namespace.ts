/** A network of its own on this machine, with a cable to this network that can be pulled. */
export class NetworkNamespace implements Disposable {
  /** The address of this network's end of the cable. */
  readonly outside: string;
  readonly #name: string;
  readonly #cable: string;

  private constructor(number: number) {
    this.#name = `playbooks-${Deno.pid}-${number}`;
    this.#cable = `pb${Deno.pid % 1_000_000}n${number}`;
    const net = `10.213.${Deno.pid % 250}.${(number % 60) * 4}`.split(".");
    const at = (host: number) => [...net.slice(0, 3), Number(net[3]) + host].join(".");
    this.outside = at(1);
    try {
      ip("netns", "add", this.#name);
      ip("link", "add", this.#cable, "type", "veth", "peer", "name", "inside", "netns", this.#name);
      ip("address", "add", `${at(1)}/30`, "dev", this.#cable);
      ip("link", "set", this.#cable, "up");
      ip("-n", this.#name, "address", "add", `${at(2)}/30`, "dev", "inside");
      ip("-n", this.#name, "link", "set", "inside", "up");
      ip("-n", this.#name, "link", "set", "lo", "up");
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  /** The reason why there can be no namespaces here. */
  static missing(): string | undefined {
    try {
      using _ = NetworkNamespace.make();
      return undefined;
    } catch (error) {
      return `network namespaces are not permitted: ${error instanceof Error ? error.message : error}`;
    }
  }

  static make(): NetworkNamespace {
    return new NetworkNamespace(++made);
  }

  /** The words before a command that runs it in the namespace. */
  get command(): readonly string[] {
    return [program, "netns", "exec", this.#name];
  }

  /** Pulls the cable: nothing arrives any more, and nothing is closed. */
  pull(): void {
    ip("link", "set", this.#cable, "down");
  }

  plug(): void {
    ip("link", "set", this.#cable, "up");
  }

  [Symbol.dispose](): void {
    // The cable goes with it.
    if (output([program, "netns", "list"]).includes(this.#name)) ip("netns", "delete", this.#name);
  }
}

let made = 0;
const program = ["/usr/sbin/ip", "/sbin/ip", "/usr/bin/ip"].find(isFile) ?? "ip";

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

function ip(...args: readonly string[]): void {
  output([program, ...args]);
}

function output([command, ...args]: readonly string[]): string {
  const { success, stdout, stderr } = new Deno.Command(command!, { args, stdin: "null" }).outputSync();
  const decoded = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
  if (!success) throw new Error(`${args.join(" ")}: ${decoded(stderr)}`);
  return decoded(stdout);
}
