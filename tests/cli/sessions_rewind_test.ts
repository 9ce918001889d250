import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { exitCodes } from "../../src/errors.ts";
import { rewindSession } from "../../src/session/mod.ts";
import { FileStore } from "../../src/store/mod.ts";
import type { FileSystem, JournalFile } from "../../src/store/file/file_system.ts";
import { realFileSystem } from "../../src/store/file/real_file_system.ts";
import { inFolder, runCommandLine, worldIn } from "../support/world.ts";

/** Code that speaks, calls a playbook and sends an order to a server. */
const order = `# Orders
\`\`\`ts
/** @trigger At the beginning */
export async function Begin() {
  state.count = 1;
  await Say("user", "one");
  state.count = await Next(state.count);
  await fetch("https://shop.example/orders", { method: "POST", body: String(state.count) });
  await Say("user", "count " + state.count);
}
export async function Next(n: number) {
  return n + 1;
}
\`\`\`
`;

async function cli(folder: string, args: readonly string[]) {
  const world = {
    ...worldIn(folder),
    fetch: (() => Promise.resolve(new Response("ok"))) as typeof fetch,
  };
  const exit = await runCommandLine(args, world);
  return { exit, stdout: world.stdout.text, stderr: world.stderr.text };
}

async function inRun(use: (folder: string, position: number) => Promise<void>): Promise<void> {
  await inFolder({ "a.pb": order.replace(/ {2}await fetch.*\n/, "") }, async (folder) => {
    const run = await cli(folder, ["run", "a.pb", "--name", "monday"]);
    assertEquals(run.exit, 0, run.stderr);
    const { position } = JSON.parse((await cli(folder, ["sessions", "show", "monday", "--json"])).stdout);
    await use(folder, position);
  });
}

const me = { pid: Deno.pid, host: "test", sync: "always" as const };

Deno.test("sessions rewind: from each position the session runs to the same end, and a fork keeps the rest", async () => {
  await inRun(async (folder, last) => {
    for (let position = last - 1; position >= 2; position--) {
      const before = (await cli(folder, ["sessions", "dump", "monday", "--json"])).stdout;
      const rewind = await cli(folder, ["sessions", "rewind", `monday@${position}`]);
      assertEquals(rewind.exit, 0, rewind.stderr);
      const kept = rewind.stdout.trim();
      assertStringIncludes(rewind.stderr, `is at entry ${position} again; ${kept} keeps all entries`);
      const keptDump = (await cli(folder, ["sessions", "dump", kept, "--json"])).stdout;
      assertEquals(entriesIn(keptDump), entriesIn(before));
      const list = (await cli(folder, ["sessions", "list"])).stdout;
      const times = last - position;
      const name = `monday-before-rewind${times === 1 ? "" : `-${times}`}`;
      assertMatch(list, new RegExp(`${kept.slice(-8)}  ${name} +completed`));
      const now = (await cli(folder, ["sessions", "dump", "monday", "--json"])).stdout;
      assertEquals(now, before.split("\n").slice(0, position).map((line) => `${line}\n`).join(""));
      const show = JSON.parse((await cli(folder, ["sessions", "show", kept, "--json"])).stdout);
      assertEquals([show.status, show.forkedFrom.rewoundTo], ["completed", position]);
      for (const id of ["monday", name]) {
        assertEquals((await cli(folder, ["sessions", "verify", id])).exit, 0);
      }
      // The rewound session is the one that its program resumes.
      const resume = await cli(
        folder,
        position % 2 === 0 ? ["run", "a.pb", "--resume"] : ["resume", "monday"],
      );
      assertEquals(resume.exit, 0, resume.stderr);
      assertStringIncludes(resume.stdout, position < last - 2 ? "count 2" : "");
      assertEquals((await cli(folder, ["sessions", "verify", "monday"])).exit, 0);
    }
  });
});

Deno.test("sessions rewind: the session that keeps all entries has a name that is free and short enough", async () => {
  const names: readonly (readonly [before: string | undefined, kept: RegExp])[] = [
    [undefined, /^[0-9a-f-]{8}-before-rewind$/],
    ["my job", /^my job-before-rewind$/],
    ["monday-before-rewind", /^monday-before-rewind-2$/],
    ["x".repeat(80), /^x{66}-before-rewind$/],
    [`${"x".repeat(65)}🎈${"y".repeat(13)}`, /^x{65}-before-rewind$/],
    [`${"x".repeat(65)} ${"y".repeat(14)}`, /^x{65}-before-rewind$/],
  ];
  for (const [name, kept] of names) {
    await inRun(async (folder) => {
      const store = new FileStore(`${folder}/.checkpoints`, { nowMs: Date.now });
      const [{ id } = { id: "" }] = store.list();
      await store.update(id, { name });
      const session = store.get(id)!;
      const keptId = await rewindSession(store, { session, position: 3 }, me);
      assertMatch(store.get(keptId)?.name ?? "", kept);
      const typed = store.find(store.get(keptId)!.name!);
      assertEquals(typed.kind === "found" && typed.session.id, keptId);
    });
  }
});

Deno.test("sessions rewind: a fork goes back to any entry, also one that it copied, and can go on", async () => {
  await inRun(async (folder, last) => {
    for (let position = 2; position < last - 1; position++) {
      const fork = await cli(folder, ["sessions", "fork", `monday@${last - 1}`, "--set", "state.count=1"]);
      assertEquals(fork.exit, 0, fork.stderr);
      const id = fork.stdout.trim();
      // Once below the copied entries, and then once below what is left of them.
      for (const back of [position + 1, position]) {
        const rewind = await cli(folder, ["sessions", "rewind", `${id}@${back}`]);
        assertEquals(rewind.exit, 0, rewind.stderr);
      }
      const resume = await cli(folder, ["resume", id]);
      assertEquals(resume.exit, 0, resume.stderr);
      assertEquals((await cli(folder, ["sessions", "verify", id])).exit, 0);
    }
  });
});

Deno.test("sessions rewind: words are counted, and shown again", async () => {
  await inRun(async (folder) => {
    const { stderr } = await cli(folder, ["sessions", "rewind", "monday@4"]);
    assertStringIncludes(stderr, "2 messages shown after entry 4 will be shown again");
    assertEquals((await cli(folder, ["resume", "monday"])).stdout.match(/one|count 2/g), ["one", "count 2"]);
  });
});

Deno.test("sessions rewind: wrong arguments are refused in one line, and change nothing", async () => {
  await inRun(async (folder, last) => {
    const before = (await cli(folder, ["sessions", "dump", "monday", "--json"])).stdout;
    const wrong: readonly (readonly [readonly string[], number, string])[] = [
      [["monday"], exitCodes.usage, "as in monday@12"],
      [["nothing@3"], exitCodes.noSuchSession, "not found"],
      [["@3"], exitCodes.usage, "is empty"],
      [["monday@1"], exitCodes.usage, "its first 2 entries only begin it"],
      [[`monday@${last}`], exitCodes.usage, "there is nothing to take back"],
      [[`monday@${last + 5}`], exitCodes.noSuchSession, `it has ${last} entries`],
      [[], exitCodes.usage, "ID@N"],
    ];
    for (const [args, code, words] of wrong) {
      const { exit, stdout, stderr } = await cli(folder, ["sessions", "rewind", ...args]);
      assertEquals([exit, stdout], [code, ""], args.join(" "));
      assertStringIncludes(stderr, words);
    }
    assertEquals((await cli(folder, ["sessions", "dump", "monday", "--json"])).stdout, before);
    assertEquals(JSON.parse((await cli(folder, ["sessions", "--json"])).stdout).length, 1);
  });
});

Deno.test("sessions rewind: a running session is not changed", async () => {
  await inRun(async (folder) => {
    const store = storeIn(folder, realFileSystem());
    await using _running = await store.open(store.list()[0]!.id, me);
    const { exit } = await cli(folder, ["sessions", "rewind", "monday@4"]);
    assertEquals(exit, exitCodes.sessionBusy);
    assertEquals(store.list().length, 1);
  });
});

Deno.test("sessions rewind: orders done before are named, and need --yes without a terminal", async () => {
  await inFolder({ "a.pb": order }, async (folder) => {
    const run = await cli(folder, ["run", "a.pb", "--name", "monday", "--allow-net=shop.example"]);
    assertEquals(run.exit, 0, run.stderr);
    const refused = await cli(folder, ["sessions", "rewind", "monday@4"]);
    assertEquals([refused.exit, refused.stdout], [exitCodes.usage, ""]);
    assertStringIncludes(refused.stderr, "POST https://shop.example/orders");
    assertStringIncludes(refused.stderr, "add --yes");
    const done = await cli(folder, ["sessions", "rewind", "monday@4", "--yes", "--json"]);
    assertEquals(done.exit, 0, done.stderr);
    const { position, effects, wordsShownAgain } = JSON.parse(done.stdout);
    assertEquals([position, effects.length, wordsShownAgain], [4, 1, 2]);
  });
});

Deno.test("sessions rewind: a failure of any disk operation leaves the session whole at its old or its new place", async () => {
  const places = new Set<number>();
  for (let failAt = 1;; failAt++) {
    let operations = 0;
    await inRun(async (folder, last) => {
      const before = (await cli(folder, ["sessions", "dump", "monday", "--json"])).stdout;
      const failing = failingDisk(() => ++operations === failAt);
      const store = storeIn(folder, failing);
      const session = store.list().find(({ name }) => name === "monday")!;
      await rewindSession(store, { session, position: 5 }, me).catch(() => {});
      const now = (await cli(folder, ["sessions", "dump", session.id, "--json"])).stdout;
      const position = now.trimEnd().split("\n").length;
      assert(position === 5 || position === last, `${failAt}: ${position}`);
      assert(before.startsWith(now));
      places.add(position);
      const verify = await cli(folder, ["sessions", "verify", session.id]);
      assertEquals(verify.exit, 0, `${failAt}: ${verify.stdout}`);
      const resume = await cli(folder, ["resume", session.id]);
      assertEquals(resume.exit, 0, `${failAt}: ${resume.stderr}`);
    });
    if (operations < failAt) break;
  }
  assertEquals(places.size, 2);
});

/** The entries of a dump. Their records differ in the appends that they were part of. */
function entriesIn(dump: string): readonly unknown[] {
  return dump.trimEnd().split("\n").map((line) => JSON.parse(line).e);
}

function storeIn(folder: string, fs: FileSystem): FileStore {
  return new FileStore(`${folder}/.checkpoints`, { fs, nowMs: Date.now });
}

/** A disk whose changes fail when `fails` says so, and after that. */
function failingDisk(fails: () => boolean): FileSystem {
  let failed = false;
  const changes = new Set([
    "replace",
    "create",
    "rename",
    "remove",
    "syncFolder",
    "makeFolder",
    "write",
    "sync",
    "truncate",
  ]);
  const guarded = <T extends object>(target: T): T =>
    new Proxy(target, {
      get(of, name) {
        const value = Reflect.get(of, name);
        if (typeof value !== "function") return value;
        return (...args: unknown[]) => {
          if (typeof name === "string" && changes.has(name)) {
            failed ||= fails();
            if (failed) throw new Error("The disk failed");
          }
          const result = Reflect.apply(value, of, args);
          return name === "open" ? guarded(result as JournalFile) : result;
        };
      },
    });
  return guarded(realFileSystem());
}
