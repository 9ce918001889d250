import { resolve } from "@std/path";
import { exitCodes, messageOf, PlaybooksError } from "../../../errors.ts";
import { readBoundedText } from "../../../files/mod.ts";
import { isFitToken, newToken } from "../../../frontends/http/mod.ts";
import { usageError } from "../../usage_error.ts";
import type { World } from "../../world.ts";
import { isLoopbackHost } from "./flags.ts";
import type { ServeOptions } from "./options.ts";

/** The token of a server, and notices about its file. */
interface ServerToken {
  readonly token: string;
  readonly notices: readonly string[];
}

/**
 * Reads the token's file, or makes it. Without a file, makes a token for this start, which only clients of this machine
 * can read. Throws a `PlaybooksError` (exit 2).
 */
export function serverToken(
  { tokenFile: file, host }: Pick<ServeOptions, "tokenFile" | "host">,
  { cwd }: World,
): ServerToken {
  if (file === undefined && !isLoopbackHost(host)) {
    throw usageError(
      `--host ${host} lets other machines connect, so the token must be one that you keep: add --token-file FILE`,
    );
  }
  if (file === undefined) return { token: newToken(), notices: [] };
  const path = resolve(cwd, file);
  const made = makeFile(path);
  if (made !== undefined) return { token: made, notices: [`Made a token in ${path}`] };
  const { mode } = stat(path);
  const others = Deno.build.os === "windows" ? 0 : (mode ?? 0) & 0o077;
  if ((others & 0o022) !== 0) throw tokenError(path, `other users can change it; say chmod 600 ${path}`);
  const token = read(path).trim();
  if (!isFitToken(token)) {
    throw tokenError(
      path,
      "its content is no token: at least 32 letters, digits and characters of .~+/=-_; remove it to get a new one",
    );
  }
  return {
    token,
    notices: others === 0
      ? []
      : [`Other users can read the token in ${path}; chmod 600 ${path} prevents that`],
  };
}

/** A new token in a new file that only this user can read; `undefined` if there is a file. */
function makeFile(path: string): string | undefined {
  try {
    using file = Deno.openSync(path, { write: true, createNew: true, mode: 0o600 });
    const token = newToken();
    file.writeSync(new TextEncoder().encode(`${token}\n`));
    return token;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return undefined;
    throw tokenError(path, messageOf(error));
  }
}

function stat(path: string): Deno.FileInfo {
  try {
    return Deno.statSync(path);
  } catch (error) {
    throw tokenError(path, messageOf(error));
  }
}

function read(path: string): string {
  try {
    return readBoundedText(path, { maxBytes: maxTokenBytes });
  } catch (error) {
    throw tokenError(path, `it ${messageOf(error)}`);
  }
}

const maxTokenBytes = 1024;

function tokenError(path: string, why: string): PlaybooksError {
  return new PlaybooksError(`Cannot use the token file ${path}: ${why}`, { exitCode: exitCodes.usage });
}
