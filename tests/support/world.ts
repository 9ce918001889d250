import { extras } from "../../extras/mod.ts";
import { runCommandLine as runWithExtras } from "../../src/cli/main.ts";
import type { World } from "../../src/cli/world.ts";
import type { ExitCode } from "../../src/errors.ts";
import type { Input, Output } from "../../src/frontends/streams.ts";

/** An output that records its writes and accepts at most `most` bytes per write. */
export class Recorder implements Output {
  readonly #chunks: Uint8Array[] = [];
  readonly #most: number;
  readonly #terminal: boolean;

  constructor(options: { readonly most?: number; readonly terminal?: boolean } = {}) {
    this.#most = options.most ?? Infinity;
    this.#terminal = options.terminal ?? false;
  }

  get text(): string {
    return new TextDecoder().decode(new Uint8Array(this.#chunks.flatMap((chunk) => [...chunk])));
  }

  writeSync(bytes: Uint8Array): number {
    const taken = bytes.slice(0, this.#most);
    this.#chunks.push(taken);
    return taken.length;
  }

  isTerminal(): boolean {
    return this.#terminal;
  }
}

/** An empty input. */
export const noInput: Input = {
  read: () => Promise.resolve(null),
  isTerminal: () => false,
  setRaw: () => {},
};

/** Runs a command line with the extras that main.ts gives it. */
export function runCommandLine(args: readonly string[], world: World): Promise<ExitCode> {
  return runWithExtras(args, world, extras);
}

/** A world in its own folder that records its outputs. */
export function worldIn(
  cwd: string,
  environment: Readonly<Record<string, string>> = {},
): World & { readonly stdout: Recorder; readonly stderr: Recorder } {
  return {
    programName: "playbooks",
    cwd,
    environment,
    stdin: noInput,
    stdout: new Recorder(),
    stderr: new Recorder(),
    now: () => Date.parse("2026-03-01T12:00:00Z"),
    fetch: () => Promise.reject(new Error("There is no network here")),
    columns: () => 80,
  };
}

/** Runs `use` with a new folder of `files` (by relative path), then removes it. */
export async function inFolder(
  files: Readonly<Record<string, string | Uint8Array>>,
  use: (folder: string) => unknown,
): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "playbooks_cli_" }));
  try {
    for (const [path, content] of Object.entries(files)) {
      const whole = `${folder}/${path}`;
      await Deno.mkdir(whole.slice(0, whole.lastIndexOf("/")), { recursive: true });
      await Deno.writeFile(whole, typeof content === "string" ? new TextEncoder().encode(content) : content);
    }
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
