import { join, resolve } from "@std/path";
import { type ExitCode, exitCodes, PlaybooksError } from "../../../errors.ts";
import { FileError, readBoundedText } from "../../../files/mod.ts";
import { tell } from "../../../frontends/tell.ts";
import { writeAll } from "../../../frontends/streams.ts";
import { cleanLine } from "../../../text/mod.ts";
import { isThere } from "../../is_there.ts";
import { quoted } from "../../quoted.ts";
import type { World } from "../../world.ts";
import { writeError, writeTrouble } from "../../write_error.ts";
import { firstProgram } from "./first_program.ts";
import { firstSettings } from "./first_settings.ts";

/** Options of `init`. */
export interface InitOptions {
  readonly folder: string;
  /** The program's name, without `.pb`. */
  readonly name: string;
}

/** `playbooks init`: writes a first program with its settings, and prints the next commands. */
export function init({ folder, name }: InitOptions, world: World): ExitCode {
  const path = resolve(world.cwd, folder);
  const program = { name: `${name}.pb`, text: firstProgram };
  const settings = { name: "playbooks.toml", text: firstSettings() };
  requireFree(path, [program, settings]);
  makeFolder(path, folder);
  const ignored = readIfThere(join(path, ".gitignore"));
  const ignore = { name: ".gitignore", text: ignoredLines.map((line) => `${line}\n`).join("") };
  // The program comes last, so that a second `init` completes what a killed one began.
  const files = [...ignored === undefined ? [ignore] : [], settings, program];
  for (const file of files) createFile(path, file);
  const isHere = path === resolve(world.cwd);
  for (const file of files.toReversed()) {
    writeAll(world.stdout, `Wrote ${cleanLine(isHere ? file.name : join(folder, file.name))}\n`);
  }
  const missing = ignoredLines.filter((line) => !ignored?.split(/\r?\n/).includes(line));
  if (ignored !== undefined && missing.length > 0) {
    tell(
      world.stderr,
      `⚠️  .gitignore exists and stays as it is; add to it: ${missing.join(" and ")}\n`,
    );
  }
  const file = quoted(isHere ? program.name : join(folder, program.name));
  writeAll(
    world.stdout,
    `\nNext:\n  playbooks run ${file}\n  playbooks check ${file}    # the outline, and every problem\n`,
  );
  return exitCodes.ok;
}

/** Sessions hold all words of a program, and `.env` holds keys. */
const ignoredLines = [".checkpoints/", ".env"];

interface NewFile {
  readonly name: string;
  readonly text: string;
}

/** Throws (exit 2) if a file exists. A settings file with exactly our text is from an `init` that was killed. */
function requireFree(path: string, [program, settings]: readonly [NewFile, NewFile]): void {
  const taken = [
    ...isThere(join(path, program.name)) ? [program.name] : [],
    ...isThere(join(path, settings.name)) && readIfThere(join(path, settings.name)) !== settings.text ||
        isThere(join(path, program.name)) && isThere(join(path, settings.name))
      ? [settings.name]
      : [],
  ];
  if (taken.length === 0) return;
  throw initError(
    `${taken.join(" and ")} ${
      taken.length === 1 ? "is" : "are"
    } in ${path} already, and init overwrites nothing; ` +
      "name another folder, as in playbooks init my-program",
  );
}

function makeFolder(path: string, folder: string): void {
  try {
    Deno.mkdirSync(path, { recursive: true });
  } catch (error) {
    const isFile = error instanceof Deno.errors.AlreadyExists || error instanceof Deno.errors.NotADirectory;
    throw initError(
      `${folder} ${isFile ? "is a file, or leads through one" : `cannot be made: ${writeTrouble(error)}`}; ` +
        "name another folder",
    );
  }
}

/** Writes a new file whole, or leaves nothing. Throws (exit 2) if it exists. */
function createFile(folder: string, { name, text }: NewFile): void {
  const path = join(folder, name);
  if (readIfThere(path) === text) return;
  const aside = join(folder, `.${crypto.randomUUID()}.tmp`);
  let isMade = false;
  try {
    using file = Deno.openSync(aside, { write: true, createNew: true });
    isMade = true;
    const bytes = new TextEncoder().encode(text);
    for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
    file.syncSync();
    // A link fails if the name is taken in the meantime; a rename would replace the other file.
    Deno.linkSync(aside, path);
  } catch (error) {
    throw writeError(`Cannot write a first program: ${path} cannot be written`, error);
  } finally {
    if (isMade) Deno.removeSync(aside);
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readBoundedText(path, { maxBytes: 1024 * 1024 });
  } catch (error) {
    if (error instanceof FileError) return isThere(path) ? "" : undefined;
    throw error;
  }
}

function initError(reason: string): PlaybooksError {
  return new PlaybooksError(`Cannot write a first program: ${reason}`, { exitCode: exitCodes.usage });
}
