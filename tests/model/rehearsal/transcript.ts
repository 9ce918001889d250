import { Programs, sourceOf } from "../../../src/engine/mod.ts";
import { FileError } from "../../../src/files/mod.ts";
import { EventFold } from "../../../src/session/event_fold.ts";
import { play, type PlayOptions } from "../../support/harness.ts";

/**
 * A rehearsal as a person sees it: words to persons, `~ ` and each note, `> ` and each reply, and how it ended, as
 * `[completed]`, `[waiting]` or `[failed: reason]`.
 */
export async function transcriptOf(text: string, options: PlayOptions = {}): Promise<string[]> {
  let answers = 0;
  const { entries, result } = await play(text, {
    // Each answer has a time of its own, so that no order depends on the speed of the machine. A person is slower.
    modelMs: () => 10 + answers++,
    personMs: 60_000,
    ...options,
    world: {
      readFile: () => {
        throw new FileError("missing", "is not there");
      },
      ...options.world,
    },
  });
  const programs = new Programs();
  await programs.add([sourceOf([{ path: options.path ?? "test.pb", text }], [])]);
  const fold = new EventFold(programs);
  const lines: string[] = [];
  for (const event of entries.flatMap((entry) => fold.take(entry))) {
    if (event.type === "say") lines.push(...event.text.split("\n"));
    if (event.type === "log") lines.push(`~ ${event.text}`);
    if (event.type === "heard" && !/^\d+$/.test(event.from)) lines.push(`> ${event.text}`);
    if (event.type === "program-end") {
      lines.push(event.reason === undefined ? `[${event.status}]` : `[${event.status}: ${event.reason}]`);
    }
  }
  if (result.kind !== "completed" && result.kind !== "failed") {
    lines.push("message" in result ? `[${result.kind}: ${result.message}]` : `[${result.kind}]`);
  }
  return lines;
}
