import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { exitCodes } from "../../src/errors.ts";
import { type GivenSession, storeSessions } from "../support/stored_sessions.ts";
import { inFolder, Recorder, runCommandLine, worldIn } from "../support/world.ts";

async function cli(folder: string, ...args: readonly string[]) {
  const world = worldIn(folder);
  const exit = await runCommandLine(["sessions", "list", ...args], world);
  return { exit, stdout: world.stdout.text, stderr: world.stderr.text };
}

async function listed(folder: string, ...args: readonly string[]): Promise<readonly string[]> {
  const { exit, stdout } = await cli(folder, "--json", ...args);
  assertEquals(exit, 0);
  return JSON.parse(stdout).map(({ name }: { readonly name: string }) => name);
}

const four: readonly GivenSession[] = [
  { daysAgo: 9, name: "old", status: "failed", costUsd: 3, programPaths: ["/work/orders.pb"] },
  { daysAgo: 5, name: "Ärger", status: "stopped", costUsd: 1 },
  { daysAgo: 2, name: "beta", status: "completed", costUsd: 2, programPaths: ["/x/Orders.pb"] },
  { daysAgo: 0, name: "alpha", status: "waiting", costUsd: 0 },
];

Deno.test("sessions list: flags and a text choose sessions, and an order sorts them", async () => {
  await inFolder({}, async (folder) => {
    const ids = await storeSessions(folder, four);
    const cases: readonly (readonly [args: readonly string[], expected: readonly string[]])[] = [
      [[], ["alpha", "beta", "Ärger", "old"]],
      [["--limit", "2"], ["alpha", "beta"]],
      [["--limit", "0"], ["alpha", "beta", "Ärger", "old"]],
      [["--status", "stopped,Failed"], ["Ärger", "old"]],
      [["--program", "orders"], ["beta", "old"]],
      [["--program", "orders.pb"], ["beta", "old"]],
      [["--program", "/work/orders.pb"], ["old"]],
      [["--program", "/work/orders"], []],
      [["--since", "5d"], ["alpha", "beta", "Ärger"]],
      [["--since", "47h"], ["alpha"]],
      [["--until", "2026-02-27T12:00:01Z"], ["beta", "Ärger", "old"]],
      [["--since", "2026-02-24T12:00:00Z", "--until", "2d"], ["Ärger"]],
      [["--sort", "name"], ["alpha", "beta", "old", "Ärger"]],
      [["--sort", "cost"], ["old", "beta", "Ärger", "alpha"]],
      [["--sort", "status", "--limit", "1"], ["beta"]],
      [["ärg"], ["Ärger"]],
      [["ORDERS"], ["beta", "old"]],
      [[ids[3]!.slice(-8)], ["alpha"]],
      [["nothing"], []],
    ];
    for (const [args, expected] of cases) {
      assertEquals(await listed(folder, ...args), expected, args.join(" "));
    }
  });
});

Deno.test("sessions list: a cut list says how many there are, and an empty one names the nearest program", async () => {
  await inFolder({}, async (folder) => {
    assertStringIncludes((await cli(folder, "--status", "failed")).stdout, "There are no sessions in ");
    await storeSessions(folder, four);
    const cut = await cli(folder, "--limit", "1");
    assertEquals(cut.stdout.trimEnd().split("\n").length, 2);
    assertStringIncludes(cut.stderr, "1 of 4 sessions");
    assertEquals((await cli(folder)).stderr, "");
    const none = await cli(folder, "--program", "ordres.pb");
    assertEquals(none.exit, 0);
    assertStringIncludes(none.stdout, "No session of 4 in ");
    assertStringIncludes(none.stdout.toLowerCase(), "did you mean orders.pb");
  });
});

Deno.test("sessions list: a wrong value is one line with the right ones, and exit code 2", async () => {
  await inFolder({}, async (folder) => {
    for (
      const [args, hint] of [
        [["--status", "complete"], "did you mean completed"],
        [["--status", ","], "running, stopped"],
        [["--sort", "agee"], "age"],
        [["--limit", "-1"], "--limit"],
        [["--limit", "1.5"], "whole number"],
        [["--since", "yesterdayish"], "2d"],
        [["--since", "2026-02-30"], "2026-03-01"],
        [["--since", "5 parsecs"], "2d"],
        [["--program", ""], "empty"],
        [["a", "b"], "b"],
        [["--stats", "failed"], "did you mean --status"],
      ] as const
    ) {
      const { exit, stdout, stderr } = await cli(folder, ...args);
      assertEquals([exit, stdout], [exitCodes.usage, ""], args.join(" "));
      assertStringIncludes(stderr, hint);
      assertEquals(stderr.trimEnd().split("\n").length, 1, stderr);
    }
  });
});

Deno.test("sessions list: a terminal gets lines that fit its width, with colours unless NO_COLOR is set", async () => {
  await inFolder({}, async (folder) => {
    const long = "a name that is much longer than a column of the list can be";
    await storeSessions(folder, [
      ...four,
      { daysAgo: 0, name: long, programPaths: [`/w/${"p".repeat(90)}.pb`], status: "failed" },
    ]);
    for (const width of [50, 80, 120]) {
      for (const environment of [{}, { NO_COLOR: "1" }]) {
        const stdout = new Recorder({ terminal: true });
        const world = { ...worldIn(folder, environment), stdout, columns: () => width };
        assertEquals(await runCommandLine(["sessions", "list"], world), 0);
        const isColoured = stdout.text.includes("\x1b[31mfailed\x1b[39m");
        assertEquals(isColoured, !("NO_COLOR" in environment));
        // deno-lint-ignore no-control-regex -- the colours take no columns
        const lines = stdout.text.replaceAll(/\x1b\[\d+m/g, "").trimEnd().split("\n");
        assertEquals(lines.length, 6);
        for (const line of lines) assert(line.length <= width, `${width}: ${line}`);
        assertStringIncludes(stdout.text, "…");
      }
    }
    assertStringIncludes((await cli(folder)).stdout, long);
  });
});

Deno.test("sessions list: a terminal with room shows the last words of each session, and a narrow one or a pipe none", async () => {
  const program = `# Clerk
\`\`\`ts
/** @trigger At the beginning */
export async function Begin() {
  await Say("user", "The first words");
  await Say("user", "Your parcel \\u001b[31mhas\\nleft, and it is a rather long way to go from here to there");
}
\`\`\`
`;
  await inFolder({ "clerk.pb": program }, async (folder) => {
    assertEquals(
      await runCommandLine(["run", "clerk.pb", "--name", "monday"], worldIn(folder)),
      exitCodes.ok,
    );
    await storeSessions(folder, four.slice(0, 1));
    for (const columns of [40, 70, 100, 200, undefined]) {
      const stdout = new Recorder({ terminal: columns !== undefined });
      const world = {
        ...worldIn(folder, { NO_COLOR: "1" }),
        ...(columns === undefined ? {} : { stdout, columns: () => columns }),
      };
      assertEquals(await runCommandLine(["sessions", "list"], world), exitCodes.ok);
      const lines = world.stdout.text.trimEnd().split("\n");
      const hasRoom = columns !== undefined && columns >= 100;
      assertEquals([lines.length, /LAST WORDS/.test(lines[0]!)], [3, hasRoom], `${columns} columns`);
      const line = lines[1]!;
      assertEquals(line.includes("Clerk: Your parcel"), hasRoom, line);
      assertEquals([line.includes("first words"), line.includes("\u001b[31m")], [false, false]);
      if (columns !== undefined && columns > 40) {
        assert(lines.every((each) => each.length <= columns), lines.join("\n"));
      }
      assertEquals(line.includes("here to there"), columns === 200, line);
    }
  });
});
