import type { Finished, ProcessOptions, TestFolder } from "./playbooks_process.ts";

/** The path of strace, because the program under test gets no PATH. */
const strace = straceIn(Deno.env.get("PATH") ?? "");

/** Whether strace works here; prints one line if it does not. */
export const hasStrace = await canTrace();

/** Fails system calls of the program: `fdatasync:error=EIO:when=2`. */
export interface Injected extends Finished {
  /** Lines of the trace with an injected failure. */
  readonly injected: readonly string[];
}

/** Runs the program to its end with failing system calls, as in strace's `-e inject=`. */
export async function runInjected(
  folder: TestFolder,
  args: readonly string[],
  injections: readonly string[],
  { paths = [], ...options }: ProcessOptions & {
    /** Only calls on these files fail. */
    readonly paths?: readonly string[];
  } = {},
): Promise<Injected> {
  const trace = await Deno.makeTempFile({ prefix: "playbooks_strace_" });
  try {
    const calls = [...new Set(injections.map((each) => each.split(":")[0]!))].join(",");
    const finished = await folder.run(args, {
      ...options,
      by: [
        ...[strace, "-f", "-qq", "-y", "-o", trace, "-e", `trace=${calls}`],
        ...paths.flatMap((path) => ["-P", path]),
        ...injections.flatMap((each) => ["-e", `inject=${each}`]),
      ],
    });
    const lines = (await Deno.readTextFile(trace)).split("\n");
    return { ...finished, injected: lines.filter((line) => line.endsWith("(INJECTED)")) };
  } finally {
    await Deno.remove(trace);
  }
}

/** The paths that the program tried to open while it ran to its end. */
export async function openedFiles(
  folder: TestFolder,
  args: readonly string[],
  options: ProcessOptions = {},
): Promise<string[]> {
  const trace = await Deno.makeTempFile({ prefix: "playbooks_strace_" });
  try {
    const by = [strace, "-f", "-qq", "-s", "4096", "-o", trace, "-e", "trace=open,openat,creat"];
    await folder.run(args, { ...options, by });
    const text = await Deno.readTextFile(trace);
    return [...text.matchAll(/\b(?:open|openat|creat)\((?:AT_FDCWD, )?"([^"]*)"/g)].map((match) => match[1]!);
  } finally {
    await Deno.remove(trace);
  }
}

/** A system call on an open file. */
export interface TracedCall {
  readonly name: string;
  /** The path of the file. */
  readonly path: string;
  /** The written text in strace's escapes, if it is short. */
  readonly text: string;
}

/** The calls of these names that the program makes on open files, in order, while it runs to its end. */
export async function tracedCalls(
  folder: TestFolder,
  args: readonly string[],
  names: readonly string[],
  options: ProcessOptions = {},
): Promise<TracedCall[]> {
  const trace = await Deno.makeTempFile({ prefix: "playbooks_strace_" });
  try {
    const by = [strace, "-f", "-qq", "-y", "-o", trace, "-e", `trace=${names.join(",")}`];
    await folder.run(args, { ...options, by });
    const text = await Deno.readTextFile(trace);
    const calls = text.matchAll(/^\d+ +(\w+)\(\d+<([^>]*)>(?:, "((?:[^"\\]|\\.)*)")?/gm);
    return [...calls].map(([, name, path, text = ""]) => ({ name: name!, path: path!, text }));
  } finally {
    await Deno.remove(trace);
  }
}

/** What a command does in the storage, by its system calls. */
export interface StorageCost {
  /** Calls on paths and open files of the storage. */
  readonly calls: number;
  /** Bytes that were read there, and the names of its folders. */
  readonly bytes: number;
  /** Questions whether a stream is a terminal. */
  readonly terminalQuestions: number;
}

/** Counts what the program does in its storage while it runs to its end. */
export async function storageCost(
  folder: TestFolder,
  args: readonly string[],
  options: ProcessOptions = {},
): Promise<StorageCost> {
  const trace = await Deno.makeTempFile({ prefix: "playbooks_strace_" });
  try {
    const names = "open,openat,stat,lstat,newfstatat,statx,readlink,read,pread64,getdents64,ioctl";
    await folder.run(args, {
      // A traced process takes several times as long.
      maxRunMs: 600_000,
      ...options,
      by: [strace, "-f", "-qq", "-y", "-o", trace, "-e", `trace=${names}`],
    });
    const lines = (await Deno.readTextFile(trace)).split("\n");
    const inStorage = lines.filter((line) => line.includes("/.checkpoints"));
    const reads = inStorage.filter((line) => /^\d+ +(read|pread64|getdents64)\(/.test(line));
    return {
      calls: inStorage.length,
      bytes: reads.reduce((sum, line) => sum + Number(/ = (\d+)$/.exec(line)?.[1] ?? 0), 0),
      terminalQuestions: lines.filter((line) => line.includes("TCGETS")).length,
    };
  } finally {
    await Deno.remove(trace);
  }
}

async function canTrace(): Promise<boolean> {
  try {
    const { success } = await new Deno.Command(strace, { args: ["-qq", "-o", "/dev/null", "true"] })
      .output();
    if (success) return true;
  } catch {
    // The code below reports the error.
  }
  const line = "Tests with injected errors are skipped: strace is not here, or may not trace\n";
  Deno.stderr.writeSync(new TextEncoder().encode(line));
  return false;
}

function straceIn(path: string): string {
  const files = path.split(":").map((folder) => `${folder}/strace`);
  return files.find((file) => {
    try {
      return Deno.statSync(file).isFile;
    } catch {
      return false;
    }
  }) ?? "strace";
}
