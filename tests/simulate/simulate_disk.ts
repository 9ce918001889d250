import { allSurvivors, type Survivors } from "../support/simulated_disk.ts";
import { type DiskLife, emptyDisk, entriesOf, type Found, foundAfter, liveOnDisk } from "./disk_life.ts";
import { generate } from "./generate.ts";
import { compare, type History, judge } from "./judge.ts";
import { type Stage, stageOf } from "./life.ts";
import { Random } from "./random.ts";
import { Failure, type Figures, type Trial } from "./simulate.ts";
import type { Tape } from "./tape.ts";

/** Runs one program to its end on a disk, then repeats it with power losses and resumes from the remaining data. */
export async function simulateOnDisk(seed: string, trial: Trial, figures: Figures): Promise<void> {
  const stage = await stageOf(generate(seed, trial.kind));
  const random = new Random(`losses ${seed}`);
  figures.seeds++;
  const whole = await run(stage, [], emptyDisk, { trial, figures, label: "whole" });
  figures.entries += whole.entries.length;
  let tried = 0;
  for (const death of random.sample(deathsOf(whole.lives[0]!.tape, random), trial.maxCuts)) {
    let history: DiskHistory = whole;
    let next: Death | undefined = death;
    for (let again = 1; next && again <= 3; again++) {
      const label = `${death.operations} ${death.survivors} ${again}`;
      history = await resume(stage, history, next, { trial, figures, label, whole });
      const deaths = deathsOf(history.lives.at(-1)!.tape, random);
      next = ++tried % trial.againEvery === 0 && deaths.length > 0 ? random.pick(deaths) : undefined;
    }
  }
}

interface DiskHistory extends History {
  readonly lives: readonly DiskLife[];
}

/** After this many operations. For a power loss the last one is a change of the disk. */
interface Death {
  readonly operations: number;
  readonly survivors?: Survivors;
}

function deathsOf(tape: Tape, random: Random): Death[] {
  return tape.flatMap((operation, index): Death[] => {
    const operations = index + 1;
    if (operation.kind !== "disk") return [{ operations }];
    return [{ operations, survivors: random.pick(allSurvivors) }, {
      operations,
      survivors: random.pick(allSurvivors),
    }];
  });
}

interface Running {
  readonly trial: Trial;
  readonly figures: Figures;
  readonly label: string;
  readonly whole?: History;
}

function resume(stage: Stage, history: DiskHistory, death: Death, options: Running): Promise<DiskHistory> {
  const last = history.lives.at(-1)!;
  const tape = last.tape.slice(0, death.operations);
  const dead: DiskLife = {
    ...last,
    tape,
    result: {
      kind: "threw",
      error: new Error(death.survivors ? `power lost (${death.survivors})` : "killed"),
    },
  };
  options.figures.deaths++;
  return run(
    stage,
    [...history.lives.slice(0, -1), dead],
    foundAfter(last.found, tape, death.survivors),
    options,
  );
}

async function run(
  stage: Stage,
  dead: readonly DiskLife[],
  found: Found,
  { trial, figures, label, whole }: Running,
): Promise<DiskHistory> {
  figures.lives++;
  const { program } = stage;
  try {
    const random = new Random(`disk world ${program.seed} ${label}`);
    const life = await liveOnDisk(stage, found, { random, plant: trial.plant });
    const lives = [...dead, life];
    const history: DiskHistory = { program, lives, entries: entriesOf(life.after) };
    judge(history);
    if (whole) compare(history, whole, program.kind);
    return history;
  } catch (error) {
    throw new Failure(program, dead.map(describeDeath), error);
  }
}

function describeDeath({ tape, result, found }: DiskLife): string {
  const last = tape.at(-1);
  const what = last?.kind === "disk" ? `${last.change.name} ${last.change.path}` : last?.kind;
  const how = result.kind === "threw" && result.error instanceof Error ? result.error.message : result.kind;
  return `after ${tape.length} operations, the last one ${what}: ${how}; it had begun with ${
    entriesOf(found.files).length
  } entries`;
}
