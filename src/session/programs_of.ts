import { Programs, type Source } from "../engine/mod.ts";

/** Reads the programs of a session from its sources. */
export async function programsOf(sources: readonly Source[]): Promise<Programs> {
  const programs = new Programs();
  await programs.add(sources);
  return programs;
}
