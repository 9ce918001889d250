import { join, resolve } from "@std/path";
import { type ExitCode, exitCodes } from "../../../errors.ts";
import { writeAll } from "../../../frontends/mod.ts";
import { cleanLine, jsonText } from "../../../text/mod.ts";
import { FileError, readBoundedText } from "../../../files/mod.ts";
import { parseProgram } from "../../../language/mod.ts";
import type { TrustRequest } from "../../../user/mod.ts";
import { folderRequests, realPath, trustList } from "../../load_config.ts";
import { programRequests } from "../../tool_trust.ts";
import { standardNames } from "../../trust.ts";
import { usageError } from "../../usage_error.ts";
import type { World } from "../../world.ts";

/** Options of `trust`. */
export interface TrustOptions {
  /** The folder of a program, or a `.toml` file. Absent: the current folder. */
  readonly folder?: string;
  readonly list: boolean;
  readonly remove: boolean;
  readonly json: boolean;
}

/**
 * `playbooks trust [FOLDER]`: stores that the user trusts the settings of a folder, lists the stored answers, or removes
 * one.
 */
export async function trust(command: TrustOptions, world: World): Promise<ExitCode> {
  const list = trustList(world);
  if (command.list) {
    const trusted = list.list();
    writeAll(
      world.stdout,
      command.json
        ? `${jsonText({ trusted }, 2)}\n`
        : trusted.length === 0
        ? "You trust no files\n"
        : trusted.map(({ file, at, lines }) =>
          `${cleanLine(file)} (since ${at})\n${lines.map((line) => `  ${line}\n`).join("")}`
        ).join(""),
    );
    return exitCodes.ok;
  }
  const path = resolve(world.cwd, command.folder ?? ".");
  if (command.remove) return remove(path, command, world);
  const requests = [...folderRequests(path, world), ...await requestsOfPrograms(path)];
  for (const request of requests) list.add(request, world.now());
  if (command.json) {
    const trusted = requests.map(({ file, lines }) => ({ file, lines }));
    writeAll(world.stdout, `${jsonText({ trusted }, 2)}\n`);
  } else if (requests.length === 0) {
    writeAll(world.stdout, `${path} asks for nothing that needs trust\n`);
  } else {
    for (const { file, lines } of requests) {
      writeAll(
        world.stdout,
        `Trusted: ${cleanLine(file)}\n${lines.map((line) => `  ${line}\n`).join("")}`,
      );
    }
    writeAll(world.stdout, "If one of these settings changes, playbooks asks again\n");
  }
  return exitCodes.ok;
}

/** Program files that are read for one answer. */
const maxPrograms = 500;

/** The program files of a folder, or the one named. */
function programFiles(path: string): readonly string[] {
  const isProgram = (name: string) => /\.(?:pb|playbooks|pbasm)$/i.test(name);
  try {
    if (Deno.statSync(path).isFile) return path.endsWith(".toml") || path.endsWith(".env") ? [] : [path];
    return [...Deno.readDirSync(path)].filter(({ isFile, name }) => isFile && isProgram(name)).slice(
      0,
      maxPrograms,
    )
      .map(({ name }) => join(path, name)).sort();
  } catch {
    return [];
  }
}

/** The requests of tool servers that programs describe themselves. */
async function requestsOfPrograms(path: string): Promise<readonly TrustRequest[]> {
  const requests: TrustRequest[] = [];
  for (const file of programFiles(path)) {
    const text = textOf(file, { isNamed: file === path });
    if (!text?.includes("remote")) continue;
    const { program } = await parseProgram([{ path: file, text }]);
    requests.push(...programRequests(program, realPath));
  }
  return requests;
}

/** The text of a program. One that cannot be read asks for nothing, because it cannot run. */
function textOf(file: string, { isNamed }: { readonly isNamed: boolean }): string | undefined {
  try {
    return readBoundedText(file, { maxBytes: 4 * 1024 * 1024 });
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    if (!isNamed) return undefined;
    throw usageError(
      `${file} ${error.message}; trust takes the folder of a program, a program or a .toml file`,
    );
  }
}

function remove(path: string, { json }: Pick<TrustOptions, "json">, world: World): ExitCode {
  const list = trustList(world);
  const real = realPath(path);
  const removed = [real, ...standardNames.map((name) => join(real, name)), ...programFiles(real)].filter((
    file,
  ) => list.remove(file));
  if (removed.length === 0) throw usageError(`you do not trust anything in ${path}; playbooks trust --list`);
  const text = json
    ? `${jsonText({ removed }, 2)}\n`
    : removed.map((file) => `No longer trusted: ${file}\n`).join("");
  writeAll(world.stdout, text);
  return exitCodes.ok;
}
