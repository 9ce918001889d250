import { ListIndex } from "../../../src/store/file/list_index.ts";
import type { FileSystem } from "../../../src/store/file/file_system.ts";
import { realFileSystem } from "../../../src/store/file/real_file_system.ts";
import { newSessionFile } from "../../../src/store/session_summary.ts";
import type { SessionFile } from "../../../src/store/session_summary.ts";
import { Sessions } from "../../../src/store/file/sessions.ts";

/** The sessions of a folder, with a clock that advances by a second at each reading. */
export function sessionsIn(storagePath: string): Sessions {
  return new Sessions(storagePath, { fs: realFileSystem(), nowMs });
}

/** A clock for a whole test file that advances by a second at each reading. */
export function nowMs(): number {
  return time += 1000;
}

/** The ids of the sessions whose summaries the list index of a storage has, in order. */
export function indexedIds(storagePath: string): readonly string[] {
  const index = new ListIndex(storagePath);
  const summary = index.read();
  return [...index.ids()].filter((id) => summary(id) !== undefined).toSorted();
}

/** A session with defaults for the missing fields. */
export function sessionOf(
  given: { readonly id: string; readonly key?: string } & Partial<SessionFile>,
): SessionFile {
  return {
    ...newSessionFile({ key: "1111111111111111", programPaths: ["/x.pb"], host: "here", pid: 1, ...given }, {
      nowMs: nowMs(),
    }),
    ...given,
  };
}

/** An id that starts with a hexadecimal word and ends with a number. */
export function idOf(number: number, beginning = "01920000"): string {
  return `${beginning.padEnd(8, "0")}-0000-7000-8000-${String(number).padStart(12, "0")}`;
}

/** Starts processes with `child.ts`, releases them at once when all are ready, and returns their outputs. */
export async function race(
  count: number,
  args: readonly string[],
  options: { readonly kv: boolean } = { kv: true },
): Promise<readonly string[]> {
  const children = Array.from({ length: count }, (_, index) => startChild([...args, String(index)], options));
  const readers = children.map((child) => child.stdout.pipeThrough(new TextDecoderStream()).getReader());
  await Promise.all(readers.map((reader) => reader.read()));
  const writers = children.map((child) => child.stdin.getWriter());
  await Promise.all(writers.map((writer) => writer.write(new TextEncoder().encode("go\n"))));
  const results = await Promise.all(readers.map(async (reader) => (await reader.read()).value ?? ""));
  await Promise.all(writers.map((writer) => writer.close()));
  await Promise.all(children.map(async (child, index) => {
    while (!(await readers[index]!.read()).done);
    await child.status;
  }));
  return results.map((result) => result.trim());
}

/**
 * Starts a process with `child.ts`, with or without Deno's key-value store. It writes `ready`, waits for a line,
 * does its work, and keeps its locks until its input ends.
 */
export function startChild(
  args: readonly string[],
  options: { readonly kv: boolean } = { kv: true },
): Deno.ChildProcess {
  const permissions = ["--allow-read", "--allow-write", "--allow-env", "--allow-sys"];
  const config = options.kv ? ["--unstable-kv"] : ["--config", configWithoutKv()];
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "--no-lock", ...config, ...permissions, childPath, ...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
}

const childPath = new URL("./child.ts", import.meta.url).pathname;
let time = Date.UTC(2026, 0, 1);

/** A file with our own configuration without its unstable parts; it is created once. */
function configWithoutKv(): string {
  const { imports } = JSON.parse(Deno.readTextFileSync(new URL("../../../deno.json", import.meta.url)));
  const path = `${Deno.makeTempDirSync({ prefix: "playbooks-config-" })}/deno.json`;
  Deno.writeTextFileSync(path, JSON.stringify({ imports, nodeModulesDir: "none" }));
  globalThis.addEventListener(
    "unload",
    () => Deno.removeSync(path.slice(0, -"/deno.json".length), { recursive: true }),
  );
  return path;
}

/** Counts reads of sessions' own files, and listings of folders. */
export function countedDisk(): { readonly fs: FileSystem; reads(): number; lists(): number } {
  const disk = realFileSystem();
  let [reads, lists] = [0, 0];
  const fs: FileSystem = {
    ...disk,
    read(path, options) {
      if (path.endsWith("/session.json")) reads++;
      return disk.read(path, options);
    },
    list(folder) {
      lists++;
      return disk.list(folder);
    },
  };
  return { fs, reads: () => reads, lists: () => lists };
}

/** Sets the version of a registry, or removes it, as in one whose first fill was cut off. */
export async function registryVersion(storagePath: string, version: number | undefined): Promise<void> {
  const kv = await Deno.openKv(`${storagePath}/.registry.sqlite3`);
  try {
    if (version === undefined) await kv.delete(["version"]);
    else await kv.set(["version"], new TextEncoder().encode(String(version)));
  } finally {
    kv.close();
  }
}
