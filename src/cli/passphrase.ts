import { askSecret } from "../frontends/secret_prompt.ts";
import { usageError } from "./usage_error.ts";
import type { World } from "./world.ts";

/** The variable of the environment that holds a passphrase. A `.env` file cannot set it. */
const variable = "PLAYBOOKS_PASSPHRASE";

/**
 * The passphrase of an encrypted file: from the environment, else from the person at the terminal, who types a new one
 * twice. Throws a `PlaybooksError` (exit 2) if there is neither.
 */
export async function passphraseFor(
  file: string,
  world: World,
  { isNew }: { readonly isNew: boolean },
): Promise<string> {
  const given = world.environment[variable];
  if (given) return given;
  if (!world.stdin.isTerminal()) {
    throw usageError(`${file} needs a passphrase; set ${variable}, or run this at a terminal`);
  }
  const passphrase = await askSecret(`Passphrase for ${file}`, world);
  if (passphrase === "") throw usageError("the passphrase is empty");
  if (isNew && await askSecret("The same again", world) !== passphrase) {
    throw usageError("the two passphrases differ; nothing was written");
  }
  return passphrase;
}
