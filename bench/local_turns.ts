import { spawn } from "./children.ts";
import { command, type Program } from "./program.ts";
import { settings, turnCode, turnsProgram } from "./programs.ts";
import { mean, median, percentile } from "./statistics.ts";
import { temporaryFolder } from "./temporary.ts";
import { turnWindows } from "./turns.ts";

/** The times of whole turns with a model in the same process, from words to the next words, in ms. */
export interface LocalWindow {
  /** Numbers of the first and the last turn, from 1. */
  readonly from: number;
  readonly to: number;
  readonly meanMs: number;
  readonly medianMs: number;
  readonly p99Ms: number;
}

/**
 * Runs turns of one playbook on a recording, and measures the time between their words. Each turn says 200 bytes. The times
 * include prompt, sandbox, effects, journal and ui, and no provider's library or server.
 */
export async function localTurns(program: Program, count: number): Promise<readonly LocalWindow[]> {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(`${folder.path}/x.pb`, turnsProgram("transcript"));
  await Deno.writeTextFile(`${folder.path}/turns.jsonl`, recording(count));
  await Deno.writeTextFile(`${folder.path}/playbooks.toml`, settings());
  const args = ["run", "x.pb", "--quiet", "--model", "replay:turns.jsonl"];
  const child = spawn(command(program, args, { cwd: folder.path, stdout: "piped" }));
  const stderr = new Response(child.stderr).text();
  const said: number[] = [];
  for await (const bytes of child.stdout) {
    const at = performance.now();
    for (const byte of bytes) if (byte === lineFeed) said.push(at);
  }
  const { code } = await child.status;
  if (code !== 0 || said.length !== count + 1) {
    throw new Error(`${said.length - 1} turns, then exit code ${code}: ${await stderr}`);
  }
  await stderr;
  const waits = said.slice(1).map((at, index) => at - said[index]!);
  return turnWindows(count).map(([from, to]) => {
    const own = waits.slice(from - 1, to);
    return { from, to, meanMs: mean(own), medianMs: median(own), p99Ms: percentile(own, 99) };
  });
}

/** Answers by turn number: one more than the measured turns, and one that ends the program. */
function recording(count: number): string {
  const codes = Array.from({ length: count + 1 }, (_, number) => turnCode("transcript", number));
  return [...codes, "EndProgram();"]
    .map((answer, index) =>
      JSON.stringify({ turn: `[turn ${index + 1} of Main · Bench (agent 1000)]`, answer })
    )
    .map((line) => `${line}\n`)
    .join("");
}

const lineFeed = 10;
