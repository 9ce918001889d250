import type { Check, Difference, Race } from "./compare.ts";
import { counted } from "../../../frontends/counted.ts";
import { table } from "../../table.ts";

/** The result of one kill. */
export interface KillReport {
  /** The entry after which the process died. */
  readonly at: number;
  /** A resume reported an uncertain effect. */
  readonly uncertain: boolean;
  readonly differences: readonly Difference[];
}

/** The result of a crash test. */
export interface CrashTestReport {
  readonly files: readonly string[];
  /** Entries of a run without a kill. */
  readonly entries: number;
  readonly kills: readonly KillReport[];
  /** Facets that differ from run to run without any kill: `words of Clock (agent 1000)`. */
  readonly unstable: readonly string[];
  /** Facets that a kill changed, and that change without a kill as well if an agent gets its answers later. */
  readonly races: readonly Race[];
  readonly seconds: number;
}

/** A crash test's report for people: the checks that held, their counts, and each difference. */
export function reportText(report: CrashTestReport): string {
  const { files, entries, kills, unstable, races, seconds } = report;
  const differing = kills.filter(({ differences }) => differences.length > 0);
  const uncertain = kills.filter((kill) => kill.uncertain).length;
  const rows = checks.map(([check, claim]) => {
    const failed = kills.filter(({ differences }) => differences.some((each) => each.check === check)).length;
    return [failed === 0 ? "✅" : "❌", claim, `${kills.length - failed} of ${kills.length}`];
  });
  const lines = [
    `${files.join(", ")}: killed at ${kills.length} of ${entries} entries and resumed, in ${seconds} s`,
    "",
    table(["", "WHAT WAS COMPARED", "HELD"], rows).trimEnd(),
  ];
  if (uncertain > 0) {
    lines.push(
      "",
      `ℹ ${counted(uncertain, "resume")} reported an outside effect as uncertain, and repeated it`,
    );
  }
  if (unstable.length > 0) {
    lines.push("", "ℹ Not compared, as two runs without a kill differ in it:");
    lines.push(...unstable.map((name) => `   ${name}`));
  }
  for (const [slowed, facets] of Map.groupBy(races, (race) => race.slowed)) {
    lines.push("", `ℹ Not compared, as slower answers to ${slowed} change it without a kill, too:`);
    lines.push(...facets.map(({ facet }) => `   ${facet}`));
  }
  for (const { at, differences } of differing) {
    lines.push("", `❌ Killed at entry ${at}:`);
    lines.push(...differences.map(({ what }) => `   ${what}`));
  }
  lines.push(
    "",
    differing.length === 0
      ? "✅ Nothing was lost, said twice or asked twice"
      : `❌ ${differing.length} of ${kills.length} kills left a difference`,
  );
  return lines.map((line) => `${line}\n`).join("");
}

const checks: readonly (readonly [Check, string])[] = [
  ["words", "The same words, each shown once"],
  ["calls", "Each call returned once, the same value"],
  ["model", "No answered model call was made again"],
  ["state", "The same variables at the end"],
  ["journal", "The journal only grew, and the end is the same"],
];
