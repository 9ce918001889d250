import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { document, tables } from "../../bench/document.ts";
import type { Peer } from "../../bench/peers.ts";
import { measure, type Subject } from "../../bench/plan.ts";
import { emptyProgram, playbooks } from "../../bench/program.ts";
import { type Scale, workloads } from "../../bench/scale.ts";
import { targets } from "../../bench/targets.ts";

const once = [{ count: 12, rounds: 1 }];
const tiny: Scale = {
  steps: once,
  said: once,
  growing: once,
  langgraph: once,
  restate: once,
  transcript: once,
  calls: once,
  maxTurnsMs: 10_000,
  agents: { agents: 3, count: 4, rounds: 1 },
  processes: { processes: 2, count: 3, rounds: 1 },
  starts: { rounds: 1, each: 1 },
  memory: { rounds: 1, agents: 2, idleness: ["code"] },
};

function peer(name: Peer["name"], run: Peer["run"], missing?: string): Peer {
  return { name, title: name, versions: {}, run, ...(missing === undefined ? {} : { missing }) };
}

function subject(peers: readonly Peer[]): Subject {
  return {
    program: playbooks(undefined),
    empty: emptyProgram({ binary: undefined, empty: undefined }),
    peers,
    about: {
      command: "deno task bench",
      date: "2026-11-23",
      machine: [],
      versions: {},
      rounds: 1,
      titles: {
        floor: "floor",
        overwrite: "overwrite",
        sqlite: "sqlite",
        ours: "playbooks",
        said: "said",
        growing: "growing",
        langgraph: "langgraph",
        restate: "restate",
      },
    },
  };
}

Deno.test("bench: measure() runs every workload from the source, and every ratio is a number", async () => {
  const missing = peer("langgraph", () => Promise.reject(new Error("not to be run")), "it is not installed");
  const measured = await measure(subject([missing]), { scale: tiny, only: workloads, onProgress: () => {} });
  // Some systems, or missing permissions, do not give the memory of a process.
  const leftOut = measured.leftOut.filter((each) => !each.includes("memory"));
  assertEquals(leftOut, ["langgraph: it is not installed"]);

  const found = targets(measured).filter((target) => target.measured !== undefined);
  for (const { claim, measured } of found) {
    assert(Number.isFinite(measured) && measured! > 0, `${claim}: ${measured}`);
  }
  const claims = found.map(({ claim }) => claim).join("\n");
  for (
    const part of [
      "side by side",
      "list that grows",
      "transcript that grows",
      "left on disk",
      "Resume",
      "A model's turn",
      "--version",
    ]
  ) {
    assertStringIncludes(claims, part);
  }
  const [{ run }] = measured.steps.filter(({ system }) => system === "ours") as [
    typeof measured.steps[number],
  ];
  assert(run.resumeMs! > 0 && run.leftBytes! > 12 * 200);
  assertEquals(measured.turns.map(({ run }) => run.turns), [12, 12]);
  assertEquals(measured.agents[0]!.ours.steps, 12);

  const text = document(measured, "");
  for (const word of ["NaN", "undefined", "Infinity"]) assert(!text.includes(word), text);
});

Deno.test("bench: measure() reports a failing workload, skips its bigger sizes, and continues", async () => {
  const tried: number[] = [];
  const failing = peer("restate", (steps) => {
    tried.push(steps);
    return Promise.reject(new Error("its server did not come up"));
  });
  const scale = { ...tiny, restate: [1, 2].map((count) => ({ count, rounds: 2 })) };
  const measured = await measure(subject([failing]), { scale, only: ["restate"], onProgress: () => {} });
  assertEquals(tried, [1]);
  assertEquals(measured.leftOut, ["restate, 1 steps: its server did not come up"]);
  assertStringIncludes(tables(measured), "its server did not come up");
});
