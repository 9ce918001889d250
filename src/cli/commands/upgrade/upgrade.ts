import { basename, relative, resolve } from "@std/path";
import { type ExitCode, exitCodes } from "../../../errors.ts";
import { reservedNames, yieldingNames } from "../../../engine/mod.ts";
import { globalNames } from "../../../sandbox/mod.ts";
import { tell } from "../../../frontends/tell.ts";
import { writeAll } from "../../../frontends/streams.ts";
import { cleanText, jsonText } from "../../../text/mod.ts";
import { publishCalled, type UpgradedFile, upgradeProgram, upgradeSettings } from "../../../upgrade/mod.ts";
import { defaultMaxFileKb } from "../../../engine/fold/settings.ts";
import { expandPaths, readFiles } from "../../read_files.ts";
import type { World } from "../../world.ts";
import { replaceText } from "./replace_file.ts";
import { unifiedDiff, upgradeReport } from "./report.ts";

interface UpgradeOptions {
  readonly files: readonly string[];
  readonly write: boolean;
  readonly backup: boolean;
  readonly json: boolean;
}

/** `playbooks upgrade`: the diff goes to standard output, the report to standard error. */
export async function upgrade(options: UpgradeOptions, world: World): Promise<ExitCode> {
  const paths = expandPaths(options.files, world.cwd);
  const files = readFiles(paths, world.cwd, { maxFileKb: defaultMaxFileKb });
  const upgraded = await upgradeFiles(files);
  const written = upgraded.map((file) => {
    if (!options.write || file.after === file.before) return {};
    const { backup } = replaceText(resolve(world.cwd, file.path), file, options);
    return { written: true, ...(backup === undefined ? {} : { backup: shortPath(backup, world) }) };
  });
  if (options.json) writeAll(world.stdout, `${jsonText(jsonReport(upgraded, written), 2)}\n`);
  else {
    if (!options.write) writeAll(world.stdout, cleanText(upgraded.map(unifiedDiff).join("")));
    tell(world.stderr, upgraded.map((file, at) => upgradeReport(file, written[at]!)).join(""));
    const isChanged = upgraded.some(({ before, after }) => before !== after);
    if (!options.write && isChanged) {
      tell(world.stderr, "Nothing is written; add --write to change the files\n");
    }
  }
  const needsPerson = upgraded.some(({ notes }) => notes.some((note) => note.needsPerson));
  return needsPerson ? exitCodes.failed : exitCodes.ok;
}

/** Upgrades each file in the given order. The programs among them are one program. */
async function upgradeFiles(
  files: readonly { readonly path: string; readonly text: string }[],
): Promise<readonly UpgradedFile[]> {
  const builtins = new Set(reservedNames);
  const programs: UpgradedFile[] = [];
  for (const file of files.filter(({ path }) => !isSettings(path))) {
    programs.push(await upgradeProgram(file, builtins));
  }
  const published = await publishCalled(programs, {
    builtins,
    globals: [...globalNames, ...yieldingNames],
  });
  return files.map((file) =>
    isSettings(file.path) ? upgradeSettings(file) : published.find(({ path }) => path === file.path)!
  );
}

/** A path below the current folder is shown from there. */
function shortPath(path: string, { cwd }: World): string {
  const short = relative(cwd, path);
  return short.startsWith("..") ? path : short;
}

function isSettings(path: string): boolean {
  return /\.toml$/i.test(basename(path));
}

function jsonReport(
  files: readonly UpgradedFile[],
  written: readonly { readonly written?: boolean; readonly backup?: string }[],
): object {
  return {
    files: files.map((file, at) => ({
      path: file.path,
      changed: file.after !== file.before,
      written: written[at]!.written === true,
      ...(written[at]!.backup === undefined ? {} : { backup: written[at]!.backup }),
      notes: file.notes,
      diff: unifiedDiff(file),
    })),
  };
}
