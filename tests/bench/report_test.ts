import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { document, tables } from "../../bench/document.ts";
import { curveOf, type Measured, ratioOf } from "../../bench/measured.ts";
import { plot } from "../../bench/plot.ts";
import { costsOf } from "../../bench/statistics.ts";
import { isMet, targets } from "../../bench/targets.ts";

/** Steps that each cost `ms`. */
function steps(count: number, ms: number) {
  return costsOf(Array.from({ length: count }, (_, step) => step * ms));
}

const nothing: Measured = {
  about: {
    command: "deno task bench",
    date: "2026-11-23",
    machine: ["a machine"],
    versions: { playbooks: "1.2.3" },
    rounds: 2,
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
  steps: [],
  turns: [],
  agents: [],
  processes: [],
  starts: [],
  memory: [],
  bare: [],
  leftOut: [],
};

/** The machine is twice as slow in the second round. */
const drifting: Measured = {
  ...nothing,
  steps: [1, 2].flatMap((slow, round) => [
    { round, system: "floor", steps: 1000, run: steps(1000, 1 * slow) },
    {
      round,
      system: "ours",
      steps: 1000,
      run: { ...steps(1000, 1.25 * slow), leftBytes: 300_000, writtenBytes: 900_000, resumeMs: 80 * slow },
    },
    { round, system: "langgraph", steps: 1000, run: { ...steps(1000, 2.5 * slow), resumeMs: 800 * slow } },
  ]),
};

const measuredOf = (measured: Measured, claim: string) => {
  const found = targets(measured).find((target) => target.claim.includes(claim));
  assert(found, `no target says "${claim}"`);
  return { measured: found.measured && Math.round(found.measured * 1000) / 1000, met: isMet(found) };
};

Deno.test("bench: ratioOf() compares within a round, so a drifting machine changes nothing", () => {
  const ours = new Map([[0, 100], [1, 50], [2, 25]]);
  assertEquals(ratioOf(ours, new Map([[0, 200], [1, 100], [2, 50]])), 0.5);
  // A round without both values is ignored.
  assertEquals(ratioOf(ours, new Map([[2, 5]])), 5);
  assertEquals(ratioOf(ours, new Map()), undefined);
});

Deno.test("bench: targets() are computed from the run, and an unmeasured target is neither met nor missed", () => {
  assertEquals(measuredOf(drifting, "beside the floor"), { measured: 0.8, met: true });
  assertEquals(measuredOf(drifting, "N = 1,000: steps a second, beside LangGraph"), {
    measured: 2,
    met: false,
  });
  assertEquals(measuredOf(drifting, "beside Restate"), { measured: undefined, met: undefined });
  assertEquals(measuredOf(drifting, "Bytes left on disk"), { measured: 1.5, met: true });
  assertEquals(measuredOf(drifting, "Bytes written"), { measured: 4.5, met: false });
  assert(targets(nothing).every((target) => isMet(target) === undefined));
});

Deno.test("bench: tables() show each target with its goal and its measured value", () => {
  const text = tables({ ...drifting, leftOut: ["Restate: it is not installed"] });
  const row = text.split("\n").find((line) => line.includes("beside the floor"));
  assertEquals(
    row,
    "| Durable effects in sequence, N = 1,000: steps a second, beside the floor (one append and `fdatasync`) | ≥ 0.8 | 0.8 | yes |",
  );
  assertStringIncludes(text, "| playbooks | 600 | 0.8 | 1 | 1.875 → 1.875 | 1 |");
  assertStringIncludes(text, "- Restate: it is not installed");
  assertStringIncludes(text, "| langgraph | 1,200 |");
});

Deno.test("bench: document() has no gaps after a partial run, and copies the list of experiments unchanged", () => {
  for (const measured of [nothing, drifting]) {
    const text = document(measured, "- it gave nothing\n");
    for (const word of ["NaN", "undefined", "Infinity"]) assert(!text.includes(word), word);
    assertStringIncludes(text, "## What was tried and gave nothing\n\n- it gave nothing\n");
    assertStringIncludes(text, "- playbooks: 1.2.3");
  }
});

Deno.test("bench: curveOf() is the median over rounds of the longest runs", () => {
  const curve = curveOf(drifting, "floor");
  assert(curve.length > 3 && curve.every(({ ms }) => Math.abs(ms - 1.5) < 1e-9));
  assertEquals(curveOf(drifting, "restate"), []);
});

Deno.test("bench: plot() draws any points inside its axes and escapes its words", () => {
  const point = fc.record({
    step: fc.integer({ min: 1, max: 1_000_000 }),
    ms: fc.double({ min: 1e-4, max: 1e5, noNaN: true }),
  });
  const series = fc.array(fc.record({ title: fc.constant('a <b> & "c"'), points: fc.array(point) }), {
    maxLength: 7,
  });
  fc.assert(fc.property(series, (drawn) => {
    const svg = plot(drawn, "costs");
    assert(!/NaN|Infinity|undefined|<b>/.test(svg), svg);
    for (const [, x, y] of svg.matchAll(/<circle cx="([^"]+)" cy="([^"]+)"/g)) {
      assert(Number(x) >= 62 && Number(x) <= 560 && Number(y) >= 24 && Number(y) <= 410, `${x} ${y}`);
    }
    const circles = svg.match(/<circle/g)?.length ?? 0;
    assertEquals(circles, drawn.reduce((sum, { points }) => sum + points.length, 0));
  }));
});

Deno.test("bench: plot() draws a tenfold cost one decade higher", () => {
  const points = [{ step: 10, ms: 0.1 }, { step: 100, ms: 1 }, { step: 1000, ms: 10 }];
  const svg = plot([{ title: "one", points }], "costs");
  const ys = [...svg.matchAll(/<circle cx="[^"]+" cy="([^"]+)"/g)].map(([, y]) => Number(y));
  assertEquals(ys, [410, 217, 24]);
  for (const label of [">0.1<", ">10<", ">1,000<"]) assertStringIncludes(svg, label);
});
