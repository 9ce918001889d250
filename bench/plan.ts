import { agentsAtOnce, processesAtOnce } from "./agents.ts";
import {
  appendAndSync,
  groupsAndSync,
  lineBytes,
  overwriteAndSync,
  sharedFlusher,
  sqliteInserts,
} from "./limits.ts";
import { localTurns } from "./local_turns.ts";
import type { About, Measured, Sample, Start, System } from "./measured.ts";
import { idleBytes } from "./memory.ts";
import type { Peer } from "./peers.ts";
import { type Program, wholeMs } from "./program.ts";
import type { Idleness, Turning } from "./programs.ts";
import type { Scale, Size, Workload } from "./scale.ts";
import { costsOf } from "./statistics.ts";
import { effects, type StepsRun } from "./steps.ts";
import { bareClientMs, firstRequestMs, requestMs, turns } from "./turns.ts";

/** The programs to measure. */
export interface Subject {
  readonly program: Program;
  /** An empty program, to compare starts with. Without it those ratios are left out. */
  readonly empty: Program | undefined;
  /** A program with only the provider's library (`library.ts`). It takes a model's address. */
  readonly library?: Program | undefined;
  readonly peers: readonly Peer[];
  readonly about: About;
}

/**
 * Measures everything in rounds. In a round, compared measurements follow each other directly. Each round begins with
 * another one. So neither a drift of the machine nor the previous measurement favours one of them.
 *
 * A failed measurement is left out and reported; so are larger sizes of it.
 */
export async function measure(
  subject: Subject,
  options: {
    readonly scale: Scale;
    readonly only: readonly Workload[];
    readonly onProgress: (text: string) => void;
    /** Gets all figures so far, after each round. */
    readonly onRound?: (measured: Measured) => void;
  },
): Promise<Measured> {
  const book = new Book(subject.about);
  const groups = groupsOf(subject, book, options);
  const rounds = Math.max(...groups.flatMap((tasks) => tasks.map((task) => task.rounds)), 0);
  for (let round = 0; round < rounds; round++) {
    for (const tasks of groups) {
      const due = tasks.filter((task) => task.rounds > round);
      const first = due.length === 0 ? 0 : round % due.length;
      for (const task of [...due.slice(first), ...due.slice(0, first)]) {
        if (book.hasFailed(task)) continue;
        options.onProgress(`round ${round + 1} of ${rounds}: ${task.name}`);
        try {
          await task.run(round);
        } catch (error) {
          book.failed(task, error instanceof Error ? error.message : String(error));
        }
      }
    }
    options.onRound?.(book);
  }
  return book;
}

/** A measurement to take once a round. */
interface Task {
  readonly name: string;
  /** Measurements of one family. A failure at one size skips the larger sizes. */
  readonly kind: string;
  readonly count: number;
  readonly rounds: number;
  readonly run: (round: number) => Promise<void>;
}

/** The results so far. */
class Book implements Measured {
  readonly about: About;
  readonly steps: Sample<Measured["steps"][number]>[] = [];
  readonly turns: Sample<Measured["turns"][number]>[] = [];
  readonly agents: Sample<Measured["agents"][number]>[] = [];
  readonly processes: Sample<Measured["processes"][number]>[] = [];
  readonly starts: Sample<Measured["starts"][number]>[] = [];
  readonly memory: Sample<Measured["memory"][number]>[] = [];
  readonly bare: Sample<Measured["bare"][number]>[] = [];
  readonly leftOut: string[] = [];
  readonly #failed = new Map<string, number>();

  constructor(about: About) {
    this.about = about;
  }

  failed(task: Task, reason: string): void {
    this.#failed.set(task.kind, Math.min(task.count, this.#failed.get(task.kind) ?? Infinity));
    this.leftOut.push(`${task.name}: ${reason.split("\n")[0]}`);
  }

  hasFailed(task: Task): boolean {
    return task.count >= (this.#failed.get(task.kind) ?? Infinity);
  }

  toJSON(): Measured {
    const { about, steps, turns, agents, processes, starts, memory, bare, leftOut } = this;
    return { about, steps, turns, agents, processes, starts, memory, bare, leftOut };
  }
}

/** The tasks. Tasks of a group are compared with each other. */
function groupsOf(
  { program, empty, library, peers }: Subject,
  book: Book,
  { scale, only }: { readonly scale: Scale; readonly only: readonly Workload[] },
): readonly (readonly Task[])[] {
  const wants = (workload: Workload) => only.includes(workload);
  const stepsTask = (
    system: System,
    { count, rounds }: Size,
    work: (steps: number) => Promise<StepsRun | undefined>,
  ): Task => ({
    name: `${system}, ${count} steps`,
    kind: system,
    count,
    rounds,
    run: async (round) => {
      const found = await work(count);
      if (found !== undefined) book.steps.push({ round, system, steps: count, run: found });
    },
  });
  const ofSize = (sizes: readonly Size[], count: number) => sizes.filter((size) => size.count === count);
  const counts = new Set(
    [scale.steps, scale.said, scale.growing, scale.langgraph, scale.restate].flat().map(({ count }) => count),
  );
  for (const { name, title, missing } of peers) {
    if (wants(name) && missing !== undefined) book.leftOut.push(`${title}: ${missing}`);
  }
  if (empty === undefined && (wants("starts") || wants("turns"))) {
    book.leftOut.push(
      "an empty compiled program: it is not given; compile an empty file (`deno compile -o empty empty.ts`) and name it with `--empty`",
    );
  }

  const stepGroups = [...counts].sort((a, b) => a - b).map((count): Task[] => [
    ...(wants("steps") ? ofSize(scale.steps, count) : []).flatMap((size) => [
      stepsTask("floor", size, async (steps) => ofLines(await appendAndSync(steps))),
      stepsTask("ours", size, (steps) => effects(program, steps, "plain")),
      stepsTask("overwrite", size, async (steps) => ofLines(await overwriteAndSync(steps))),
      stepsTask("sqlite", size, async (steps) => {
        const times = await sqliteInserts(steps);
        return times && costsOf(times);
      }),
    ]),
    ...(wants("steps")
      ? ofSize(scale.said, count).map((size) =>
        stepsTask("said", size, (steps) => effects(program, steps, "said"))
      )
      : []),
    ...(wants("growing")
      ? ofSize(scale.growing, count).map((size) =>
        stepsTask("growing", size, (steps) => effects(program, steps, "growing"))
      )
      : []),
    ...peers.filter((peer) => wants(peer.name) && peer.missing === undefined).flatMap((peer) =>
      ofSize(scale[peer.name], count).map((size) => stepsTask(peer.name, size, (steps) => peer.run(steps)))
    ),
  ]);

  const turnsTask = (turning: Turning, { count, rounds }: Size): Task => ({
    name: `${turning}, ${count} turns`,
    kind: turning,
    count,
    rounds,
    run: async (round) => {
      const found = await turns(program, count, { turning, maxMs: scale.maxTurnsMs, empty, library });
      if (found.turns < count) {
        book.leftOut.push(
          `${turning}, ${count} turns: cut short after ${
            scale.maxTurnsMs / 1000
          } s, with ${found.turns} turns done`,
        );
      }
      const local = turning === "transcript" ? await localTurns(program, found.turns) : undefined;
      book.turns.push({ round, turning, wanted: count, run: { ...found, ...(local && { local }) } });
    },
  });
  const turnGroup: Task[] = wants("turns")
    ? [
      ...scale.transcript.map((size) => turnsTask("transcript", size)),
      ...scale.calls.map((size) => turnsTask("calls", size)),
      ...[4_000, 256_000].map((requestBytes): Task => ({
        name: `a bare client, ${requestBytes} bytes a request`,
        kind: "bare",
        count: requestBytes,
        rounds: scale.starts.rounds,
        run: async (round) =>
          void book.bare.push({ round, requestBytes, ms: await bareClientMs(200, requestBytes) }),
      })),
    ]
    : [];

  const startTask = (what: Start, work: () => Promise<number>): Task => ({
    name: what,
    kind: what,
    count: 1,
    rounds: scale.starts.rounds,
    run: async (round) => {
      for (let time = 0; time < scale.starts.each; time++) {
        book.starts.push({ round, what, ms: await work() });
      }
    },
  });
  const startGroup = [
    // Resumes are compared with these measurements, too.
    ...(empty !== undefined && (wants("starts") || wants("turns"))
      ? [startTask("empty", () => wholeMs(empty, []))]
      : []),
    ...(wants("starts")
      ? [
        startTask("version", () => wholeMs(program, ["--version"])),
        startTask("first request", () => firstRequestMs(program)),
        ...(library === undefined ? [] : [startTask("library", () => requestMs(library))]),
      ]
      : []),
  ];

  return [
    startGroup,
    ...stepGroups,
    turnGroup,
    wants("agents") ? [agentsTask(program, book, scale.agents)] : [],
    wants("processes") ? [processesTask(program, book, scale.processes)] : [],
    wants("memory") ? memoryTasks(program, book, scale.memory) : [],
  ];
}

function agentsTask(program: Program, book: Book, { agents, count, rounds }: Scale["agents"]): Task {
  return {
    name: `${agents} agents, ${count} steps each`,
    kind: "agents",
    count,
    rounds,
    run: async (round) => {
      const perSecond = async (times: Promise<readonly number[]>) => costsOf(await times).perSecond;
      const flusherPerSecond = await perSecond(sharedFlusher(agents * count));
      const ours = await agentsAtOnce(program, agents, count);
      const groupsPerSecond = await perSecond(groupsAndSync(agents * count));
      book.agents.push({ round, agents, ours, flusherPerSecond, groupsPerSecond });
    },
  };
}

function processesTask(program: Program, book: Book, { processes, count, rounds }: Scale["processes"]): Task {
  return {
    name: `${processes} processes, ${count} steps each`,
    kind: "processes",
    count,
    rounds,
    run: async (round) => {
      book.processes.push({ round, processes, run: await processesAtOnce(program, processes, count) });
    },
  };
}

function memoryTasks(program: Program, book: Book, { agents, rounds, idleness }: Scale["memory"]): Task[] {
  const task = (count: number, each: Idleness): Task => ({
    name: `${count} idle agents (${each})`,
    kind: `memory ${each} ${count}`,
    count,
    rounds,
    run: async (round) => {
      const found = await idleBytes(program, count, each);
      if (found === undefined) {
        throw new Error("the system does not tell what memory a process has; Linux does, to `deno run -A`");
      }
      book.memory.push({ round, agents: count, idleness: each, ...found });
    },
  });
  return [task(0, "unused"), ...idleness.map((each) => task(agents, each))];
}

/** Milliseconds of a whole process. */
function ofLines(times: readonly number[]): StepsRun {
  return times &&
    { ...costsOf(times), leftBytes: times.length * lineBytes, writtenBytes: times.length * lineBytes };
}
