import { resolve } from "@std/path";
import { type ExitCode, exitCodes } from "../../../errors.ts";
import { counted } from "../../../frontends/counted.ts";
import { writeAll, writeBytes } from "../../../frontends/streams.ts";
import { savedStudioPage } from "../../../frontends/studio/studio_page.ts";
import { tell } from "../../../frontends/tell.ts";
import { thousands } from "../../../frontends/thousands.ts";
import { saveStory } from "../../../session/mod.ts";
import { type SessionFile, type SessionStore, shortId } from "../../../store/mod.ts";
import { bytesInWords } from "../../stored_sessions.ts";
import { fileNameOf } from "../../file_name.ts";
import { usageError } from "../../usage_error.ts";
import type { World } from "../../world.ts";
import { OutputFile } from "./output_file.ts";

/** The options of `sessions export --html`. */
interface PageExport {
  readonly output?: string;
  readonly redact: readonly RegExp[];
  readonly withProgram: boolean;
}

/** Longer values are cut in the page. */
const maxCharacters = 10_000;

/** Writes a page that shows a session in a browser, without a server. Prints the name of the file. */
export async function exportPage(
  { output, redact, withProgram }: PageExport,
  { session, sessions }: { readonly session: SessionFile; readonly sessions: SessionStore },
  world: World,
): Promise<ExitCode> {
  const saved = await saveStory(sessions, session, { maxCharacters });
  const redacted = redactedTexts(withProgram ? saved : { ...saved, files: [] }, redact);
  const title = session.name ?? session.id;
  const page = new TextEncoder().encode(await savedStudioPage(title, redacted.value));
  if (output === "-") {
    if (world.stdout.isTerminal()) throw usageError("-o - needs a pipe or a file behind standard output");
    writeBytes(world.stdout, page);
  } else {
    const name = output ?? `${fileNameOf(session.name) ?? shortId(session.id)}.html`;
    using file = new OutputFile(resolve(world.cwd, name), { replace: output !== undefined });
    file.write(page);
    file.place();
    writeAll(world.stdout, `${name}\n`);
  }
  const position = thousands(saved.outline.position);
  const removed = redact.length === 0 ? "" : `; removed ${counted(redacted.count, "match", "matches")}`;
  tell(
    world.stderr,
    `ℹ Session ${session.id} up to entry ${position}, ${
      bytesInWords(page.length)
    }${removed}; open the file in a browser\n`,
  );
  return exitCodes.ok;
}

/** Plain data with `[redacted]` for each match of a pattern in its texts. */
function redactedTexts(
  value: unknown,
  patterns: readonly RegExp[],
): { readonly value: unknown; readonly count: number } {
  let count = 0;
  const redacted = (text: string) =>
    patterns.reduce((left, pattern) =>
      left.replace(pattern, () => {
        count++;
        return "[redacted]";
      }), text);
  const of = (part: unknown): unknown => {
    if (typeof part === "string") return redacted(part);
    if (Array.isArray(part)) return part.map(of);
    if (typeof part !== "object" || part === null) return part;
    return Object.fromEntries(Object.entries(part).map(([name, each]) => [name, of(each)]));
  };
  return patterns.length === 0 ? { value, count } : { value: of(value), count };
}
