import { resolve } from "@std/path";
import { exitCodes, messageOf, PlaybooksError } from "../errors.ts";
import type { ExportBytes } from "../session/mod.ts";
import { diskTrouble } from "../store/mod.ts";
import { cleanLine } from "../text/mod.ts";
import { readBoundedText } from "../files/mod.ts";
import { decryptParts, encryptionOf, identitiesIn } from "./encryption.ts";
import { passphraseFor } from "./passphrase.ts";
import { usageError } from "./usage_error.ts";
import type { World } from "./world.ts";

/** An exported session on disk. */
export interface ExportFile extends ExportBytes, Disposable {
  readonly size: number;
}

/**
 * Opens an exported session, and decrypts an encrypted one. `name` is its path as the user named it; `identity` is a file
 * with the user's keys. Throws a `PlaybooksError`.
 */
export async function openExport(
  name: string,
  { identity }: { readonly identity?: string },
  world: World,
): Promise<ExportFile> {
  const file = openFile(resolve(world.cwd, name), name);
  const encryption = encryptionOf(file);
  if (encryption === undefined) return file;
  using encrypted = file;
  const keys = encryption === "passphrase"
    ? { passphrase: await passphraseFor(file.name, world, { isNew: false }) }
    : { identities: readIdentities(file.name, identity, world) };
  return await decryptedFile(encrypted, keys);
}

/** The plain bytes of an encrypted file, in a file without a name, or one that is removed when it is closed. */
async function decryptedFile(
  file: ExportFile,
  keys: Parameters<typeof decryptParts>[1],
): Promise<ExportFile> {
  const path = Deno.makeTempFileSync({ prefix: "playbooks_" });
  const plain = Deno.openSync(path, { read: true, write: true });
  const isNamed = Deno.build.os === "windows";
  if (!isNamed) Deno.removeSync(path);
  const close = () => {
    plain.close();
    if (isNamed) Deno.removeSync(path);
  };
  try {
    for await (const bytes of decryptParts(file, keys)) {
      for (let written = 0; written < bytes.length;) written += plain.writeSync(bytes.subarray(written));
    }
  } catch (error) {
    close();
    throw error;
  }
  return exportFile(plain, file.name, close);
}

function readIdentities(name: string, identity: string | undefined, world: World): readonly string[] {
  if (identity === undefined) {
    throw usageError(`${name} is encrypted for recipients; name the file with your key: --identity FILE`);
  }
  let text;
  try {
    text = readBoundedText(resolve(world.cwd, identity), { maxBytes: maxIdentityBytes });
  } catch (error) {
    throw usageError(`--identity ${identity} cannot be read: ${messageOf(error)}`);
  }
  const identities = identitiesIn(text);
  if (identities.length > 0) return identities;
  throw usageError(`--identity ${identity} has no line that begins with AGE-SECRET-KEY-`);
}

const maxIdentityBytes = 64 * 1024;

function openFile(path: string, name: string): ExportFile {
  const cannot = (reason: string) =>
    new PlaybooksError(`Cannot read ${name}: ${reason}`, { exitCode: exitCodes.usage });
  let file: Deno.FsFile;
  try {
    // Opening a pipe or a device may wait.
    if (!Deno.statSync(path).isFile) throw cannot("it is not a regular file");
    file = Deno.openSync(path, { read: true });
  } catch (error) {
    if (error instanceof PlaybooksError) throw error;
    throw cannot(error instanceof Deno.errors.NotFound ? "there is no such file" : diskTrouble(error));
  }
  return exportFile(file, cleanLine(name), () => file.close());
}

function exportFile(file: Deno.FsFile, name: string, close: () => void): ExportFile {
  return {
    name,
    size: file.statSync().size,
    readAt(buffer, at) {
      try {
        file.seekSync(at, Deno.SeekMode.Start);
        return buffer.length === 0 ? 0 : file.readSync(buffer) ?? 0;
      } catch (error) {
        throw new PlaybooksError(`Cannot read ${name}: ${diskTrouble(error)}`, {
          exitCode: exitCodes.storage,
        });
      }
    },
    [Symbol.dispose]: close,
  };
}
