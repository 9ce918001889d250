import { assert, assertEquals } from "@std/assert";
import { type JsonLine, jsonLine } from "../../src/frontends/json_events.ts";

/**
 * The lines of a run with `--json`. Fails for a line that differs from the schema, for an end that is missing or not the last
 * line, and for a first line that does not name the session.
 */
export function jsonLines(stdout: string): readonly JsonLine[] {
  const lines = killedJsonLines(stdout);
  const end = lines.at(-1)!;
  assert(end.type === "end", stdout);
  assertEquals(lines.filter(({ type }) => type === "end").length, 1);
  assertEquals(lines.map(({ type }) => type).indexOf("session"), lines.length === 1 ? -1 : 0, stdout);
  const [first] = lines;
  if (first!.type === "session") assertEquals(first!.session, end.session);
  return lines;
}

/** The lines of a run that was killed, so that it has no end. Fails for a line that differs from the schema. */
export function killedJsonLines(stdout: string): readonly JsonLine[] {
  return stdout.trimEnd().split("\n").map((line) => {
    const { success, data, error } = jsonLine.safeParse(JSON.parse(line));
    assert(success, `${line}: ${error?.message}`);
    return data;
  });
}
