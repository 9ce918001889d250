import { kill, spawn } from "./children.ts";
import { command, journalOf, memoryBytes, type Program } from "./program.ts";
import { type Idleness, idleProgram, settings } from "./programs.ts";
import { temporaryFolder } from "./temporary.ts";
import { InstantModel } from "./model_server.ts";

/** Memory of a process whose session waits for a person, with this number of waiting agents. */
export async function idleBytes(
  program: Program,
  agents: number,
  idleness: Idleness,
): Promise<{ readonly bytes: number; readonly peakBytes: number } | undefined> {
  await using folder = await temporaryFolder();
  await using model = new InstantModel((number) =>
    `Step("01");\nconst heard${number} = await Yield("agent 1000");\n`
  );
  await Deno.writeTextFile(`${folder.path}/x.pb`, idleProgram(agents, idleness));
  await Deno.writeTextFile(
    `${folder.path}/playbooks.toml`,
    settings(idleness === "model" ? { model: model.baseUrl } : {}),
  );
  const child = spawn(command(program, ["run", "x.pb", "--quiet"], { cwd: folder.path, stdin: "piped" }));
  try {
    const waits = 1 + (idleness === "unused" ? 0 : agents);
    const deadline = performance.now() + maxMs;
    while (openWaits(folder.path) < waits) {
      if (performance.now() > deadline) {
        throw new Error(`${agents} agents did not come to wait within ${maxMs / 1000} s`);
      }
      await pause(100);
    }
    // A process that becomes idle still cleans up.
    await pause(500);
    const [bytes, peakBytes] = [memoryBytes(child.pid, "VmRSS"), memoryBytes(child.pid, "VmHWM")];
    return bytes === undefined || peakBytes === undefined ? undefined : { bytes, peakBytes };
  } finally {
    kill(child);
    await child.stdin.close().catch(() => {});
    await child.status;
  }
}

const maxMs = 120_000;

/** The number of started waits. They never end. */
function openWaits(folder: string): number {
  try {
    return journalOf(folder).filter(({ type }) => type === "start").length;
  } catch (error) {
    // There is no session yet, or its last line is incomplete.
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError || error instanceof TypeError) {
      return 0;
    }
    throw error;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
