import { resolve } from "@std/path";
import type { Reply } from "../../../engine/mod.ts";
import { exitCodes, PlaybooksError } from "../../../errors.ts";
import { FileError, readBoundedText } from "../../../files/mod.ts";
import { readAddressed, unknownPersonText } from "../../../frontends/mod.ts";
import { usageError } from "../../usage_error.ts";
import type { World } from "../../world.ts";
import type { RunOptions } from "./options.ts";
import type { RunChannels } from "./run_channels.ts";

/** The maximum size of a `--message-file`. Longer texts belong into a file that the program reads. */
const maxMessageBytes = 4 * 1024 * 1024;

/** The command with the text of `--message-file` as its message. Throws a `PlaybooksError` (exit code 2). */
export async function withMessage<Command extends RunOptions>(
  command: Command,
  { world, ui }: { readonly world: World; readonly ui: Pick<RunChannels, "allInput"> },
): Promise<Command> {
  const { messageFile } = command;
  if (messageFile === undefined) return command;
  return { ...command, message: withoutLastLineEnd(await textOf(messageFile, world, ui)) };
}

/** A person whom a message can name. */
type NamedPerson = Parameters<typeof readAddressed>[1][number];

/** The words of a message, and the person if it begins with `@Name`. Throws a usage error if no person has this name. */
export function messageReply(
  message: string,
  people: readonly NamedPerson[],
): Reply {
  const addressed = readAddressed(message, people);
  if (addressed.kind === "unknown") {
    throw usageError(`--message: ${unknownPersonText(addressed.name, people)}`);
  }
  const { text, person } = addressed;
  return { text, ...(person === undefined ? {} : { person }) };
}

/** Without the line end that editors and `echo` add. */
export function withoutLastLineEnd(text: string): string {
  return text.replace(/\r?\n$/, "");
}

async function textOf(file: string, world: World, ui: Pick<RunChannels, "allInput">): Promise<string> {
  if (file === "-" && !world.stdin.isTerminal()) return await ui.allInput();
  try {
    if (file === "-") {
      throw new FileError("missing", "is a terminal; pipe a text to it, or say --message TEXT");
    }
    return readBoundedText(resolve(world.cwd, file), { maxBytes: maxMessageBytes });
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    const name = file === "-" ? "Standard input" : file;
    throw new PlaybooksError(`Cannot read the message: ${name} ${error.message}`, {
      exitCode: exitCodes.usage,
      cause: error,
    });
  }
}
