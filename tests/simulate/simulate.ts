import type { Entry } from "../../src/engine/mod.ts";
import { generate, type Generated, type Kind } from "./generate.ts";
import { compare, type History, judge } from "./judge.ts";
import { jsonCopy, type Life, live, type Plant, type Stage, stageOf } from "./life.ts";
import { Random } from "./random.ts";
import { type Cut, cutsOf, cutTape, entriesOn, type Tape } from "./tape.ts";

/** Counts of the trials. */
export interface Figures {
  seeds: number;
  /** Points at which a process was killed. */
  deaths: number;
  /** Processes that were run. */
  lives: number;
  entries: number;
}

/** Options for the trial of a seed. */
export interface Trial {
  readonly kind?: Kind;
  /** The maximum number of points in the uninterrupted run to resume from. */
  readonly maxCuts: number;
  /** Every n-th resumed run is killed again, recursively. */
  readonly againEvery: number;
  readonly plant?: Plant;
}

/** A session did not survive. Holds the point of the kill and the fault. */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly program: Generated;
  readonly deaths: readonly string[];

  constructor(program: Generated, deaths: readonly string[], cause: unknown) {
    super(cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause), { cause });
    this.program = program;
    this.deaths = deaths;
  }

  /** The program, the point of the kill, and the command to repeat it. */
  describe(): string {
    const { seed, kind, text, script } = this.program;
    const answers = Object.entries(script).map(([name, turns]) =>
      turns.map((turn, index) => `--- turn ${index + 1} of ${name}\n${turn}`).join("\n")
    );
    return [
      `Seed ${seed} (${kind}) failed: ${this.message}`,
      "",
      text,
      ...answers,
      "",
      ...(this.deaths.length === 0 ? ["It was not killed"] : this.deaths.map((death) => `Killed ${death}`)),
      `Again with: deno task simulate --seed ${seed}`,
    ].join("\n");
  }
}

/** Runs one program to its end, then kills and resumes it; throws a `Failure`. */
export async function simulate(seed: string, trial: Trial, figures: Figures): Promise<void> {
  const program = generate(seed, trial.kind);
  const stage = await stageOf(program);
  const fresh = { entries: [], shown: 0 };
  figures.seeds++;
  const whole = await run(stage, [], fresh, { trial, figures, label: "whole" });
  figures.entries += whole.entries.length;
  const random = new Random(`cuts ${seed}`);
  let tried = 0;
  for (const cut of random.sample(cutsOf(whole.lives[0]!.tape), trial.maxCuts)) {
    let history = whole;
    let next: Cut | undefined = cut;
    for (let again = 1; next && again <= 3; again++) {
      history = await resume(stage, history, next, {
        trial,
        figures,
        label: `${labelOf(cut)} ${again}`,
        whole,
      });
      const cuts = cutsOf(history.lives.at(-1)!.tape);
      next = ++tried % trial.againEvery === 0 && cuts.length > 0 ? random.pick(cuts) : undefined;
    }
  }
}

/** The context for the runs of a seed; `whole` is the uninterrupted run. */
interface Running {
  readonly trial: Trial;
  readonly figures: Figures;
  readonly label: string;
  readonly whole?: History;
}

/** Kills the last process of a history at a point, and runs the next one from the stored data. */
function resume(stage: Stage, history: History, cut: Cut, options: Running): Promise<History> {
  const last = history.lives.at(-1)!;
  const tape = cutTape(last.tape, cut);
  const dead: Life = { ...last, tape, result: { kind: "threw", error: new Error("killed") } };
  const entries = [...last.before.entries, ...entriesOn(tape)];
  const shown = shownOn(tape) ?? last.before.shown;
  options.figures.deaths++;
  return run(stage, [...history.lives.slice(0, -1), dead], { entries, shown }, options);
}

async function run(
  stage: Stage,
  dead: readonly Life[],
  before: { readonly entries: readonly Entry[]; readonly shown: number },
  { trial, figures, label, whole }: Running,
): Promise<History> {
  figures.lives++;
  const { program } = stage;
  const random = new Random(`world ${program.seed} ${label}`);
  const life = await live(stage, { ...before, entries: jsonCopy(before.entries) }, {
    random,
    plant: whole || !trial.plant?.onResume ? trial.plant : undefined,
  });
  const lives = [...dead, life];
  const history: History = { program, lives, entries: [...before.entries, ...entriesOn(life.tape)] };
  try {
    judge(history);
    if (whole) compare(history, whole, program.kind);
  } catch (error) {
    throw new Failure(program, dead.map(describeDeath), error);
  }
  return history;
}

function shownOn(tape: Tape): number | undefined {
  return tape.findLast((operation) => operation.kind === "marked")?.position;
}

function labelOf(cut: Cut): string {
  return `${cut.operations}.${cut.entries}`;
}

function describeDeath({ before, tape }: Life): string {
  const last = tape.at(-1);
  const entry = entriesOn(tape).at(-1);
  return `after ${tape.length} operations, the last one ${last?.kind ?? "none"}; the journal had ${
    before.entries.length + entriesOn(tape).length
  } entries, the last one ${JSON.stringify(entry)?.slice(0, 300)}`;
}
