import { resolve } from "@std/path";
import type { Parameter } from "../language/mod.ts";
import { programEntry } from "./parameters.ts";
import { readConfigured } from "./read_program.ts";
import type { World } from "./world.ts";

/**
 * The parameters of the entry of a program whose flags could also be those of a command. Returns none for a program that
 * cannot be read: the command then reports that.
 */
export async function programParameters(
  files: readonly string[],
  args: readonly string[],
  world: World,
): Promise<readonly Parameter[]> {
  if (!mayDeclare(files, args, world)) return [];
  try {
    return programEntry((await readConfigured(files, configOption(args), world)).program).parameters;
  } catch {
    return [];
  }
}

/** Whether a name of a flag stands in the files at all. Reading is faster than parsing, which the run does again. */
function mayDeclare(files: readonly string[], args: readonly string[], { cwd }: World): boolean {
  const names = args.filter((arg) => /^--[\p{L}_$]/u.test(arg))
    .map((arg) => arg.slice(2).replace(/=.*/s, "").replace(/^no[-_]/i, "").replace(/[-_]/g, "[-_]"))
    .map((name) => name.replace(/[^\p{L}\p{N}_[\]-]/gu, "\\$&"));
  const declared = new RegExp(`(?<![\\p{L}\\p{N}_])(?:${names.join("|")}|!import)(?![\\p{L}\\p{N}_])`, "iu");
  return files.some((file) => {
    try {
      return declared.test(Deno.readTextFileSync(resolve(cwd, file)));
    } catch {
      // A pattern, or a file that the run reports.
      return /[*?[]/.test(file);
    }
  });
}

function configOption(args: readonly string[]): { readonly config?: string } {
  const at = args.findIndex((arg) => /^--config(=|$)/.test(arg));
  const config = at < 0 ? undefined : args[at]!.slice("--config=".length) || args[at + 1];
  return config === undefined ? {} : { config };
}
