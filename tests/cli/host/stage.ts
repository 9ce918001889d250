import { listenForInterrupts } from "../../../src/cli/commands/run/interrupts.ts";
import type { HostedEnd, HostObserver } from "../../../src/cli/host/hosted_run.ts";
import { hostSandbox, SessionHost, type SessionHostParts } from "../../../src/cli/host/session_host.ts";
import type { World } from "../../../src/cli/world.ts";
import { FileStore } from "../../../src/store/mod.ts";
import { inFolder, runCommandLine, worldIn } from "../../support/world.ts";

/** A folder with programs, its storage, and what the sessions of its hosts said. */
export interface HostStage {
  readonly folder: string;
  readonly store: FileStore;
  readonly world: ReturnType<typeof worldIn>;
  /** `<last letters of the id>: <words>`, in order. */
  readonly said: string[];
  readonly ends: HostedEnd[];
  /** Queues a session and returns its id. */
  queue(program: string, ...args: string[]): Promise<string>;
  /** A host with other parts than the usual ones. */
  host(parts?: Partial<SessionHostParts>): SessionHost;
}

/** Runs `use` with hosts over a folder of programs. */
export async function withHosts(
  files: Readonly<Record<string, string>>,
  use: (stage: HostStage) => Promise<void>,
): Promise<void> {
  await inFolder(files, async (folder) => {
    const world = {
      ...worldIn(folder, {
        HOME: folder,
        PLAYBOOKS_MODEL__PROVIDER: "rehearsal",
        ANTHROPIC_API_KEY: "a key",
      }),
      now: Date.now,
    };
    const store = new FileStore(`${folder}/.checkpoints`, { nowMs: Date.now });
    const said: string[] = [];
    const ends: HostedEnd[] = [];
    using interrupts = listenForInterrupts();
    const sandbox = hostSandbox(world, interrupts);
    const observer: HostObserver = {
      event: (id, event) => {
        if (event.type === "say") said.push(`${id.slice(-4)}: ${event.text}`);
      },
      ended: (_id, end) => void ends.push(end),
    };
    const host = (parts: Partial<SessionHostParts> = {}) =>
      new SessionHost({ store, world, concurrency: 4, sandbox, observer, ...parts });
    await use({
      folder,
      store,
      world,
      said,
      ends,
      host,
      queue: (program, ...args) => queued(world, store, [program, ...args]),
    });
    await sandbox.settled();
  });
}

async function queued(world: World, store: FileStore, args: readonly string[]): Promise<string> {
  const before = new Set(store.list().map(({ id }) => id));
  const exit = await runCommandLine(["run", "--detach", ...args], world);
  const id = store.list().find((session) => !before.has(session.id))?.id;
  if (exit !== 0 || id === undefined) throw new Error(`run --detach ended with ${exit}`);
  return id;
}

/** A program whose begin playbook is this code. */
export function codeProgram(code: string): string {
  return `# Clerk\n\`\`\`ts\n/** @trigger At the beginning */\nexport async function Begin() {\n${code}\n}\n\`\`\`\n`;
}
