import { kill, spawn } from "./children.ts";
import type { LocalWindow } from "./local_turns.ts";
import { InstantModel } from "./model_server.ts";
import { command, type Entry, journalOf, memoryBytes, type Program, run, wholeMs } from "./program.ts";
import { settings, turnCode, type Turning, turnsProgram } from "./programs.ts";
import { mean, median, percentile } from "./statistics.ts";
import { copyFolder, temporaryFolder } from "./temporary.ts";

/** The cost of a session's turns, with a model that answers at once. */
export interface TurnsRun {
  readonly turns: number;
  readonly windows: readonly TurnWindow[];
  /** The same turns with a model in the same process. Only for turns of one playbook. */
  readonly local?: readonly LocalWindow[];
  /** Turns a second over the whole run, including the model's share. */
  readonly perSecond: number;
  readonly resumes: readonly Resume[];
  readonly peakBytes?: number;
}

/** A resume, and its reference measured right before it; in ms. */
export interface Resume {
  /** From the start of a process after `kill -9`, with these turns done, to the request for the next one. */
  readonly ms: number;
  /** The whole run of an empty program. */
  readonly emptyMs?: number;
  /** A program with only the provider's library, from its start to its request. */
  readonly libraryMs?: number;
}

/** Our share of some turns: from the end of an answer to the arrival of the next request, in ms. */
export interface TurnWindow {
  /** Numbers of the first and the last turn, from 1. */
  readonly from: number;
  readonly to: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  /**
   * The part of it from a turn's entry to the next request's entry, by the journal's clock of whole ms: sandbox, journal,
   * ui. The mean.
   */
  readonly insideMs: number;
  readonly insideP99Ms: number;
  /** The size of a request at the end of the window. */
  readonly requestBytes: number;
}

/** The number of turns in a window. */
export const windowTurns = 200;
/**
 * The number of resumes of a killed session, each from the state at the kill. This machine's speed changes within a minute.
 */
const resumesEach = 5;

/**
 * Runs a session turn by turn, kills it after `wanted` turns, when it asks for more, and resumes it. After `maxMs` it is
 * killed early; `turns` is the number it reached.
 */
export async function turns(
  program: Program,
  wanted: number,
  options: {
    readonly turning: Turning;
    readonly maxMs: number;
    readonly empty?: Program | undefined;
    readonly library?: Program | undefined;
  },
): Promise<TurnsRun> {
  await using folder = await temporaryFolder();
  await using model = new InstantModel((number) => turnCode(options.turning, number));
  await Deno.writeTextFile(`${folder.path}/x.pb`, turnsProgram(options.turning));
  await Deno.writeTextFile(`${folder.path}/playbooks.toml`, settings({ model: model.baseUrl }));

  const arrival = model.arrival(wanted + 1);
  await using first = started(program, ["run", "x.pb", "--quiet"], folder.path);
  using timer = timeout(options.maxMs);
  await Promise.race([arrival, first.ended, timer.passed]);
  const peakBytes = memoryBytes(first.pid, "VmHWM");
  await first.end();
  const entries = journalOf(folder.path);
  const seen = model.exchanges.slice(0, wanted + 1);
  const count = seen.length - 1;

  const resumes: Resume[] = [];
  await using left = await temporaryFolder();
  await copyFolder(folder.path, left.path);
  for (let time = 0; time < resumesEach; time++) {
    if (time > 0) await copyFolder(left.path, folder.path);
    const { empty, library } = options;
    const beside = {
      ...(empty === undefined ? {} : { emptyMs: await wholeMs(empty, []) }),
      ...(library === undefined ? {} : { libraryMs: await requestMs(library) }),
    };
    // A request of the killed process must not count for the next process.
    await model.idle();
    const again = model.arrival(model.exchanges.length);
    const begin = performance.now();
    await using next = started(program, ["run", "x.pb", "--resume", "--quiet"], folder.path);
    resumes.push({ ms: await Promise.race([again, next.ended]) - begin, ...beside });
    await next.end();
  }

  const waits = seen.slice(1).map(({ arrivedAt }, index) => arrivedAt - seen[index]!.answeredAt);
  const inside = insideMs(entries);
  return {
    turns: count,
    windows: turnWindows(count).map(([from, to]) => {
      const own = inside.slice(from - 1, to);
      return {
        from,
        to,
        medianMs: median(waits.slice(from - 1, to)),
        p99Ms: percentile(waits.slice(from - 1, to), 99),
        insideMs: mean(own),
        insideP99Ms: percentile(own, 99),
        requestBytes: seen[to]!.requestBytes,
      };
    }),
    perSecond: count / (seen[count]!.arrivedAt - seen[0]!.arrivedAt) * 1000,
    resumes,
    ...(peakBytes === undefined ? {} : { peakBytes }),
  };
}

/** The time of a bare client of this runtime from the end of an answer to its next request of the given size, in ms. */
export async function bareClientMs(requests: number, requestBytes: number): Promise<number> {
  await using model = new InstantModel((number) => turnCode("transcript", number));
  const script = new URL("bare_client.ts", import.meta.url).pathname;
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-config",
      "--allow-net",
      script,
      model.baseUrl,
      String(requests),
      String(requestBytes),
    ],
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  }).output();
  if (code !== 0) throw new Error(`The bare client ended with ${code}`);
  const { exchanges } = model;
  return median(exchanges.slice(1).map(({ arrivedAt }, index) => arrivedAt - exchanges[index]!.answeredAt));
}

/** From the start of a run to the first request of a model, in ms. */
export async function firstRequestMs(program: Program): Promise<number> {
  await using folder = await temporaryFolder();
  await using model = new InstantModel(() => "EndProgram();");
  await Deno.writeTextFile(`${folder.path}/x.pb`, turnsProgram("transcript"));
  await Deno.writeTextFile(`${folder.path}/playbooks.toml`, settings({ model: model.baseUrl }));
  const arrival = model.arrival(0);
  const begin = performance.now();
  await using process = started(program, ["run", "x.pb", "--quiet"], folder.path);
  const ms = await Promise.race([arrival, process.ended]) - begin;
  await process.end();
  return ms;
}

/** From the start of a program that asks the model at the given address, up to its request, in ms. */
export async function requestMs(program: Program): Promise<number> {
  await using folder = await temporaryFolder();
  await using model = new InstantModel(() => "");
  const arrival = model.arrival(0);
  const begin = performance.now();
  // Let it end, so that Deno keeps its machine code for the next start.
  const [at] = await Promise.all([arrival, run(program, [model.baseUrl], { cwd: folder.path })]);
  return at - begin;
}

/** A process of ours that is killed when it has done enough. `ended` rejects if it ends before. */
function started(program: Program, args: readonly string[], cwd: string) {
  const child = spawn(command(program, args, { cwd }));
  let wanted = false;
  const output = child.output();
  const ended = output.then(({ code, stderr }): number => {
    if (wanted) return NaN;
    throw new Error(`${args.join(" ")} ended with ${code}: ${new TextDecoder().decode(stderr)}`);
  });
  ended.catch(() => {});
  const end = async () => {
    if (wanted) return;
    wanted = true;
    kill(child);
    await output;
  };
  return { pid: child.pid, ended, end, [Symbol.asyncDispose]: end };
}

function timeout(ms: number): Disposable & { readonly passed: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  return { passed: promise, [Symbol.dispose]: () => clearTimeout(timer) };
}

/** The first turns, those around each power of ten, and the last ones. All turns if there are few. */
export function turnWindows(count: number): (readonly [number, number])[] {
  if (count < 2 * windowTurns) {
    const half = Math.floor(count / 2);
    return [[1, half], [half + 1, count]];
  }
  const windows: [number, number][] = [[1, windowTurns]];
  for (let turn = 1000; turn < count; turn *= 10) {
    if (turn + windowTurns <= count) windows.push([turn + 1, turn + windowTurns]);
  }
  const last: [number, number] = [count - windowTurns + 1, count];
  if (windows.at(-1)![1] < last[0]) windows.push(last);
  return windows;
}

/** The times from a turn's entry to the next request's entry, by the journal's clock. */
function insideMs(entries: readonly Entry[]): number[] {
  const times: number[] = [];
  let turnAt: number | undefined;
  for (const { type, at } of entries) {
    if (type === "turn") turnAt = at;
    if (type === "request" && turnAt !== undefined) {
      times.push(at - turnAt);
      turnAt = undefined;
    }
  }
  return times;
}
