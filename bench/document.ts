import {
  figures,
  flatnessOf,
  type Measured,
  medianIfAny,
  medianOf,
  ratioOf,
  resumeBeside,
  runsOf,
  sizesOf,
  startsOf,
  type System,
  systems,
  turnSizes,
  turnsOf,
} from "./measured.ts";
import { keptBytes, type Turning } from "./programs.ts";
import type { StepsRun } from "./steps.ts";
import { method } from "./method.ts";
import { isMet, type Target, targets } from "./targets.ts";

/** The path of the picture, relative to the document. */
export const plotName = "benchmarks.svg";

/** The whole of docs/benchmarks.md; `tried` is included unchanged. */
export function document(measured: Measured, tried: string): string {
  const { about } = measured;
  return [
    "# Benchmarks",
    "<!-- Made by `deno task bench --write`. What was tried and gave nothing is written by hand, in bench/tried.md. -->",
    `Measured on ${about.date} by one run of \`${about.command}\`, in ${about.rounds} ${
      about.rounds === 1 ? "round" : "rounds"
    }. Compare ratios: all that is ` +
    "compared ran in turns in that one run, and times of another day or machine are others.",
    "## What was aimed at, and what was measured",
    tables(measured),
    `![What a step costs against its number](${plotName})`,
    "## On what",
    bullets([
      ...about.machine,
      ...Object.entries(about.versions).map(([name, version]) => `${name}: ${version}`),
    ]),
    method,
    "## What was tried and gave nothing",
    tried.trim(),
  ].join("\n\n") + "\n";
}

/** All tables, the targets first, and the omitted measurements. */
export function tables(measured: Measured): string {
  return [
    targetTable(targets(measured)),
    ...(measured.leftOut.length === 0 ? [] : [`Left out:\n\n${bullets(measured.leftOut)}`]),
    ...section("## Steps in sequence, each keeping 200 bytes", stepTables(measured)),
    ...section("## From `kill -9` to the next new step, whole process", resumeTable(measured)),
    ...section("## Bytes a step", bytesTable(measured)),
    ...section("## Turns of a model that answers at once", turnTables(measured)),
    ...section("## Side by side", sideTable(measured)),
    ...section("## Start", startTable(measured)),
    ...section("## Memory", memoryTable(measured)),
  ].join("\n\n");
}

function section(title: string, body: string | undefined): string[] {
  return body === undefined ? [] : [`${title}\n\n${body}`];
}

function targetTable(all: readonly Target[]): string {
  return table(
    ["", "aim", "measured", "met"],
    all.map((target) => {
      const met = isMet(target);
      const { unit, bound } = target;
      return [
        target.claim,
        "atLeast" in bound ? `≥ ${amount(bound.atLeast, unit)}` : `≤ ${amount(bound.atMost, unit)}`,
        target.measured === undefined ? "not measured" : amount(target.measured, unit),
        met === undefined ? "" : met ? "yes" : "**no**",
      ];
    }),
  );
}

function stepTables(measured: Measured): string | undefined {
  const sizes = [...new Set(systems.flatMap((system) => sizesOf(measured, system)))].sort((a, b) => a - b);
  if (sizes.length === 0) return undefined;
  return sizes.map((steps) => {
    const present = systems.filter((system) => sizesOf(measured, system).includes(steps));
    const rates = (system: System) => figures(runsOf(measured, system, steps), (run) => run.perSecond);
    const rows = present.map((system) => {
      const of = (figure: (run: StepsRun) => number | undefined) => medianOf(measured, system, steps, figure);
      return [
        measured.about.titles[system],
        whole(of((run) => run.perSecond)),
        fixed(ratioOf(rates(system), rates("floor"))),
        fixed(ratioOf(rates("ours"), rates(system))),
        `${fixed(of((run) => run.firstTenthMs), 3)} → ${fixed(of((run) => run.lastTenthMs), 3)}`,
        fixed(flatnessOf(measured, system, steps)),
      ];
    });
    const head = [
      "",
      "steps/s",
      "of the floor",
      "playbooks beside it",
      "first → last tenth, ms a step",
      "last / 100th",
    ];
    return `N = ${whole(steps)}\n\n${table(head, rows)}`;
  }).join("\n\n");
}

function resumeTable(measured: Measured): string | undefined {
  const able = (["ours", "said", "growing", "langgraph", "restate"] as const).filter((system) =>
    sizesOf(measured, system).length > 0
  );
  if (able.length === 0) return undefined;
  const sizes = [...new Set(able.flatMap((system) => sizesOf(measured, system)))].sort((a, b) => a - b);
  const row = (title: string, system: System, figure: (run: StepsRun) => number | undefined) => [
    title,
    ...sizes.map((steps) => whole(medianOf(measured, system, steps, figure))),
  ];
  const rows = able.flatMap((system) => {
    const title = measured.about.titles[system];
    if (system !== "restate") return [row(title, system, (run) => run.resumeMs)];
    return [
      row(`${title}: the service alone is killed`, system, (run) => run.resumeMs),
      row(`${title}: the server too`, system, (run) => run.resumeWithServerMs),
    ];
  });
  const starts = (["empty", "version"] as const).flatMap((what) => {
    const ms = medianIfAny([...startsOf(measured, what).values()]);
    return ms === undefined ? [] : [`${startTitles[what]}: ${whole(ms)} ms`];
  });
  return [
    table(["ms, at N steps done", ...sizes.map((steps) => whole(steps))], rows),
    ...(starts.length === 0 ? [] : [`Beside: ${starts.join("; ")}.`]),
  ].join("\n\n");
}

const startTitles = {
  empty: "an empty program, whole run",
  version: "`--version`, whole run",
  "first request": "`run` to the first model request",
  library: "a program of the provider's library alone, to its request",
};

function bytesTable(measured: Measured): string | undefined {
  const rows = systems.flatMap((system) =>
    sizesOf(measured, system).flatMap((steps) => {
      const a = (figure: (run: StepsRun) => number | undefined) => {
        const bytes = medianOf(measured, system, steps, figure);
        return bytes === undefined ? undefined : bytes / steps;
      };
      const left = a((run) => run.leftBytes);
      const written = a((run) => run.writtenBytes);
      if (left === undefined && written === undefined) return [];
      const payload = keptBytes(system);
      return [[
        measured.about.titles[system],
        whole(steps),
        whole(a((run) => run.killedBytes)),
        whole(left),
        fixed(left && left / payload),
        whole(written),
        fixed(written && written / payload),
      ]];
    })
  );
  const head = ["", "N", "on disk at the kill", "at the end", "/ payload", "written", "/ payload"];
  return rows.length === 0 ? undefined : table(head, rows);
}

function turnTables(measured: Measured): string | undefined {
  const titles: Readonly<Record<Turning, string>> = {
    transcript: "in one playbook",
    calls: "in a playbook each",
  };
  const rows: string[][] = [];
  const locals: string[][] = [];
  const resumes: string[][] = [];
  for (const turning of ["transcript", "calls"] as const) {
    for (const wanted of turnSizes(measured, turning)) {
      const runs = turnsOf(measured, turning, wanted);
      const all = [...runs.values()];
      for (const [index, { from, to }] of all[0]!.windows.entries()) {
        const of = (figure: "medianMs" | "p99Ms" | "insideMs" | "insideP99Ms" | "requestBytes") =>
          medianIfAny(all.map(({ windows }) => windows[index]?.[figure]));
        rows.push([
          titles[turning],
          whole(medianIfAny(all.map(({ turns }) => turns))),
          `${whole(from)} to ${whole(to)}`,
          fixed(of("medianMs")),
          fixed(of("p99Ms")),
          fixed(of("insideMs")),
          whole(of("insideP99Ms")),
          whole(of("requestBytes")),
        ]);
      }
      for (const [index, { from, to }] of (all[0]!.local ?? []).entries()) {
        const of = (figure: "meanMs" | "medianMs" | "p99Ms") =>
          fixed(medianIfAny(all.map(({ local }) => local?.[index]?.[figure])));
        const n = whole(medianIfAny(all.map(({ turns }) => turns)));
        locals.push([n, `${whole(from)} to ${whole(to)}`, of("meanMs"), of("medianMs"), of("p99Ms")]);
      }
      resumes.push([
        titles[turning],
        whole(medianIfAny(all.map(({ turns }) => turns))),
        whole(medianIfAny(all.map(({ perSecond }) => perSecond))),
        whole(medianIfAny(all.flatMap(({ resumes }) => resumes.map(({ ms }) => ms)))),
        fixed(resumeBeside(measured, turning, wanted, "emptyMs")),
        fixed(resumeBeside(measured, turning, wanted, "libraryMs")),
        megabytes(medianIfAny(all.map(({ peakBytes }) => peakBytes))),
      ]);
    }
  }
  if (rows.length === 0) return undefined;
  const bare = [...new Set(measured.bare.map(({ requestBytes }) => requestBytes))].map((requestBytes) => {
    const ms = medianIfAny(
      measured.bare.filter((each) => each.requestBytes === requestBytes).map((each) => each.ms),
    );
    return `${fixed(ms)} ms for requests of ${whole(requestBytes)} bytes`;
  });
  return [
    "On a model in the same process (a recording), from the words of a turn to those of the next, ms: prompt, sandbox, " +
    "effects, journal and ui, and no library or server of a provider.",
    table(["N", "window", "mean", "median", "p99"], locals),
    "With the provider's library and HTTP, from the end of an answer to the arrival of the next request, ms, as the model's server sees it; of that, by the " +
    "journal's clock of whole milliseconds, what lies between the turn's entry and the next request's (sandbox, effects, " +
    "journal, prompt, ui; the rest is the provider's library and HTTP)." +
    (bare.length === 0 ? "" : ` A bare \`fetch\` of the same server takes ${bare.join(", ")}.`),
    table(["turns", "N", "window", "median", "p99", "inside: mean", "inside: p99", "bytes a request"], rows),
    "From `kill -9` to the request of the next turn:",
    table(
      [
        "turns",
        "N",
        "turns/s",
        "resume, ms",
        "beside an empty program",
        "beside the provider's library alone",
        "most memory before, MB",
      ],
      resumes,
    ),
  ].join("\n\n");
}

function sideTable(measured: Measured): string | undefined {
  const agents = measured.agents.map(({ agents, ours, flusherPerSecond, groupsPerSecond }) => ({
    title: `${agents} agents of one session, ${whole(ours.steps / agents)} steps each`,
    perSecond: ours.perSecond,
    flusherPerSecond,
    groupsPerSecond,
  }));
  const processes = measured.processes;
  if (agents.length === 0 && processes.length === 0) return undefined;
  const middle = (values: readonly number[]) => medianIfAny(values);
  return [
    ...(agents.length === 0 ? [] : [table(["", "steps/s", "playbooks beside it"], [
      [agents[0]!.title, whole(middle(agents.map((each) => each.perSecond))), "1"],
      [
        "raw limit: as many writers that share one flusher",
        whole(middle(agents.map((each) => each.flusherPerSecond))),
        fixed(middle(agents.map((each) => each.perSecond / each.flusherPerSecond))),
      ],
      [
        "as many lines in one write with one `fdatasync`, without writers that wait",
        whole(middle(agents.map((each) => each.groupsPerSecond))),
        fixed(middle(agents.map((each) => each.perSecond / each.groupsPerSecond))),
      ],
    ])]),
    ...(processes.length === 0
      ? []
      : [table(["", "all ended", "steps/s", "slowest process, s", "all of it, s"], [[
        `${processes[0]!.processes} processes, ${
          whole(processes[0]!.run.steps / processes[0]!.processes)
        } steps each, on one storage path`,
        "yes",
        whole(middle(processes.map(({ run }) => run.perSecond))),
        fixed(middle(processes.map(({ run }) => run.slowestMs / 1000))),
        fixed(middle(processes.map(({ run }) => run.wholeMs / 1000))),
      ]])]),
  ].join("\n\n");
}

function startTable(measured: Measured): string | undefined {
  const empty = startsOf(measured, "empty");
  const rows = (["empty", "version", "first request", "library"] as const).flatMap((what) => {
    const rounds = startsOf(measured, what);
    if (rounds.size === 0) return [];
    return [[startTitles[what], whole(medianIfAny([...rounds.values()])), fixed(ratioOf(rounds, empty))]];
  });
  return rows.length === 0 ? undefined : table(["", "ms", "beside the empty one"], rows);
}

function memoryTable(measured: Measured): string | undefined {
  const titles = {
    unused: "that were not called yet",
    code: "that wait in code",
    model: "that wait in a model's turn",
  };
  const keys = [...new Set(measured.memory.map(({ agents, idleness }) => `${agents} ${idleness}`))];
  const idle = keys.map((key) => {
    const samples = measured.memory.filter(({ agents, idleness }) => `${agents} ${idleness}` === key);
    const { agents, idleness } = samples[0]!;
    return [
      agents === 0
        ? "an idle session that waits for a person"
        : `the same, with ${whole(agents)} agents ${titles[idleness]}`,
      megabytes(medianIfAny(samples.map(({ bytes }) => bytes))),
      megabytes(medianIfAny(samples.map(({ peakBytes }) => peakBytes))),
    ];
  });
  const atSteps = (["ours", "growing"] as const).flatMap((system) =>
    sizesOf(measured, system).flatMap((steps) => {
      const peak = medianOf(measured, system, steps, (run) => run.peakBytes);
      return peak === undefined
        ? []
        : [[`${measured.about.titles[system]}, up to step ${whole(steps)}`, "", megabytes(peak)]];
    })
  );
  const rows = [...idle, ...atSteps];
  return rows.length === 0
    ? undefined
    : table(["resident memory of the process, MB", "now", "at most"], rows);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, index) => index === 0 ? "---" : "---:")), ...rows.map(line)].join(
    "\n",
  );
}

function bullets(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join("\n");
}

function amount(value: number, unit: Target["unit"]): string {
  if (unit === "") return fixed(value);
  return `${value < 10 ? fixed(value) : whole(value)} ${unit}`;
}

/** Formats a figure with as many digits as are meaningful, and a missing figure as a dash. */
function fixed(value: number | undefined, digits = 2): string {
  if (value === undefined) return "–";
  return value >= 100
    ? whole(value)
    : String(Number(value.toFixed(value >= 10 ? Math.min(digits, 1) : digits)));
}

function whole(value: number | undefined): string {
  return value === undefined ? "–" : Math.round(value).toLocaleString("en");
}

function megabytes(bytes: number | undefined): string {
  return bytes === undefined ? "–" : whole(bytes / 1e6);
}
