import { exitCodes, PlaybooksError } from "../errors.ts";
import { LineReader } from "../frontends/line_reader.ts";
import { tell } from "../frontends/tell.ts";
import type { World } from "./world.ts";

/**
 * Asks on the terminal whether to go on. `yes` is the answer of `--yes`. Without a terminal and without `--yes`, throws a
 * `PlaybooksError` (exit 2).
 */
export async function confirmed(
  question: string,
  { yes }: { readonly yes: boolean },
  world: World,
): Promise<boolean> {
  if (yes) return true;
  if (!world.stdin.isTerminal() || !world.stderr.isTerminal()) {
    throw new PlaybooksError(`${question} No person can be asked here; add --yes to do it`, {
      exitCode: exitCodes.usage,
    });
  }
  tell(world.stderr, `${question} [y/N] `);
  const answer = await new LineReader(world.stdin).next(new AbortController().signal);
  return /^\s*y(es)?\s*$/i.test(answer ?? "");
}
