import { assertEquals } from "@std/assert";
import { decodeEntry, type Entry, JournalLog, restoreState, type SessionLog } from "../../src/engine/mod.ts";
import type { LinkFaults } from "../../src/store/postgres/link.ts";
import { someProgram, type TestTables, thisProcess } from "../support/postgres_store.ts";
import { testSeal } from "../support/test_seal.ts";
import { EagerSchedule } from "./disk_life.ts";
import { generate } from "./generate.ts";
import { compare, type History, judge } from "./judge.ts";
import { type Life, live, type Stage, stageOf } from "./life.ts";
import { Random } from "./random.ts";
import { Failure, type Figures, type Trial } from "./simulate.ts";
import type { Operation } from "./tape.ts";

/**
 * Runs one program to its end with its session in Postgres. Then repeats it with lost connections, and with processes that
 * lose their connection for ever, which is a death. Each loss is before a statement is sent or after the server has
 * carried it out.
 */
export async function simulateOnPostgres(
  tables: TestTables,
  seed: string,
  trial: Trial,
  figures: Figures,
): Promise<void> {
  const stage = await stageOf(generate(seed, trial.kind));
  const random = new Random(`connections ${seed}`);
  figures.seeds++;
  const whole = await run(stage, tables, { figures, label: "whole", losses: [], deaths: [] });
  figures.entries += whole.entries.length;
  const count = whole.statements;
  for (let cut = 0; cut < trial.maxCuts; cut++) {
    const losses = Array.from({ length: 3 }, () => lossAt(random, count));
    const deaths = Array.from({ length: cut % trial.againEvery === 0 ? 2 : 1 }, () => lossAt(random, count));
    await run(stage, tables, { figures, label: `cut ${cut}`, losses, deaths, whole });
  }
}

/** The number of the statement that is lost, and on which way. */
interface Loss {
  readonly statement: number;
  readonly after: boolean;
}

function lossAt(random: Random, count: number): Loss {
  const statement = 1 + random.pick(Array.from({ length: count }, (_, index) => index));
  return { statement, after: random.pick([true, false]) };
}

interface Running {
  readonly figures: Figures;
  readonly label: string;
  /** Losses in the last process; it connects again. */
  readonly losses: readonly Loss[];
  /** Each process before the last one ends at one of these. */
  readonly deaths: readonly Loss[];
  readonly whole?: History;
}

/** Runs a session with its deaths, judges it, and returns its history with the number of statements of the last process. */
async function run(
  stage: Stage,
  tables: TestTables,
  { figures, label, losses, deaths, whole }: Running,
): Promise<History & { readonly statements: number }> {
  const { program } = stage;
  const lives: Life[] = [];
  let statements = 0;
  let session: string | undefined;
  try {
    for (const death of [...deaths, undefined]) {
      figures.lives++;
      const faults = death ? deadAt(death) : lostAt(losses);
      const random = new Random(`postgres world ${program.seed} ${label} ${lives.length}`);
      const lived = await liveOnPostgres(stage, tables, { session, random, faults });
      session = lived.session;
      statements = faults.statements;
      lives.push(lived.life);
      if (!death || lived.life.result.kind !== "threw") break;
      figures.deaths++;
    }
    const entries = await entriesOf(tables, session!);
    const history: History = { program, lives, entries };
    judge(history);
    if (whole) compare(history, whole, program.kind);
    return { ...history, statements };
  } catch (error) {
    const dead = deaths.map(({ statement, after }) => `${after ? "after" : "before"} statement ${statement}`);
    throw new Failure(program, dead, error);
  }
}

interface CountedFaults extends LinkFaults {
  readonly statements: number;
  /** How long the store tries to connect again. */
  readonly retryMs: number;
}

/** Loses the connection at each of some statements. */
function lostAt(losses: readonly Loss[]): CountedFaults {
  let statements = 0;
  const left = new Set(losses);
  const isLost = (after: boolean) => {
    const loss = [...left].find((each) => each.statement === statements && each.after === after);
    return loss !== undefined && left.delete(loss);
  };
  return {
    retryMs: 10_000,
    get statements() {
      return statements;
    },
    beforeSend: () => {
      statements++;
      return isLost(false);
    },
    afterAnswer: () => isLost(true),
  };
}

/** Loses the connection at a statement, and at all later ones. */
function deadAt({ statement, after }: Loss): CountedFaults {
  let statements = 0;
  return {
    retryMs: 50,
    get statements() {
      return statements;
    },
    beforeSend: () => ++statements > statement || (statements === statement && !after),
    afterAnswer: () => statements >= statement,
  };
}

/** One process: it takes the lease, restores the session and runs it. */
async function liveOnPostgres(
  stage: Stage,
  tables: TestTables,
  { session: known, random, faults }: {
    readonly session: string | undefined;
    readonly random: Random;
    readonly faults: CountedFaults;
  },
): Promise<{ readonly life: Life; readonly session: string }> {
  let isRunning = false;
  const store = tables.store({
    // The session begins and ends without losses: a process that cannot take its lease does nothing.
    faults: {
      beforeSend: (text) => isRunning && faults.beforeSend!(text),
      afterAnswer: (text) => isRunning && faults.afterAnswer!(text),
    },
    retryMs: faults.retryMs,
    schedule: () => new EagerSchedule(),
  });
  await tables.run("update $s.heads set held_until = clock_timestamp()");
  const leased = known === undefined
    ? await store.begin(someProgram, thisProcess)
    : await store.open(known, thisProcess);
  const entries = known === undefined ? [] : await entriesOf(tables, known);
  assertEquals(leased.loaded.position, entries.length, "a load finds what the table holds");
  const tape: Operation[] = [];
  const inner = new JournalLog(leased, {
    keepLastN: 2,
    maxCheckpointSizeMb: 100,
    onNotice: () => {},
    seal: testSeal("simulated"),
    unusual: { maxInlineResults: 2, journalPerSnapshot: random.pick([0, 4]) },
  });
  const log: SessionLog = {
    append: (entries) => inner.append(entries),
    get bytes() {
      return inner.bytes;
    },
    flush: () => inner.flush(),
    checkpoint: (state, options) => inner.checkpoint(state, options),
    shown: () => inner.shown(),
    markShown: (position) => {
      tape.push({ kind: "marked", position });
      return inner.markShown(position);
    },
    entriesAfter: (position) => inner.entriesAfter(position),
    snapshots: inner.snapshots,
  };
  isRunning = true;
  const before = { entries, shown: leased.cursor.position };
  const { checkpoint, entries: tail } = structuredClone({ ...leased.loaded, read: 0, hasSnapshot: 0 });
  const recovered = restoreState({ ...leased.loaded, ...(checkpoint ? { checkpoint } : {}), entries: tail });
  const life = await live(stage, before, { random, log, tape, recovered });
  isRunning = false;
  if (life.result.kind !== "threw") {
    await leased.flush();
    assertEquals(await shownIn(tables, leased.id), leased.cursor.position, "the cursor is stored");
  }
  await store.close();
  return { life, session: leased.id };
}

async function entriesOf(tables: TestTables, session: string): Promise<Entry[]> {
  const store = tables.store();
  const entries = [...await store.read(session)].map(({ entry }) => decodeEntry(entry));
  await store.close();
  return entries;
}

async function shownIn(tables: TestTables, session: string): Promise<number> {
  const [row] = await tables.run("select shown from $s.heads where session = $1", [session]);
  return Number(row!["shown"]);
}
