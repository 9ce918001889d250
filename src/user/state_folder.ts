import { dirname, isAbsolute, join } from "@std/path";

/** The environment variables of a process. */
type Environment = Readonly<Record<string, string>>;

/**
 * The folder of a user's own state: the storages in use, trusted folders, the secret of {@linkcode Seal}.
 *
 * It is `$PLAYBOOKS_STATE_DIR`, else `$XDG_STATE_HOME/playbooks`, else the system's usual place below the home folder;
 * `undefined` if the environment names no place. Pass the environment of the process, since a `.env` must not move it.
 */
export function stateFolder(environment: Environment, os: typeof Deno.build.os): string | undefined {
  const { PLAYBOOKS_STATE_DIR, XDG_STATE_HOME, LOCALAPPDATA, HOME } = environment;
  // A relative path would mean a different folder in each working folder, also in a folder of someone else.
  if (PLAYBOOKS_STATE_DIR && isAbsolute(PLAYBOOKS_STATE_DIR)) return PLAYBOOKS_STATE_DIR;
  if (XDG_STATE_HOME && isAbsolute(XDG_STATE_HOME)) return join(XDG_STATE_HOME, "playbooks");
  if (os === "windows") return LOCALAPPDATA ? `${LOCALAPPDATA}\\playbooks` : undefined;
  if (!HOME) return undefined;
  return os === "darwin"
    ? join(HOME, "Library", "Application Support", "playbooks")
    : join(HOME, ".local", "state", "playbooks");
}

/** Replaces a file of the state folder atomically, with mode 0600. Throws the error of the system. */
export function replaceStateFile(path: string, bytes: Uint8Array): void {
  Deno.mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const aside = `${path}.${crypto.randomUUID()}.tmp`;
  try {
    using file = Deno.openSync(aside, { write: true, createNew: true, mode: 0o600 });
    for (let rest = bytes; rest.length > 0;) rest = rest.subarray(file.writeSync(rest));
    file.syncSync();
    Deno.renameSync(aside, path);
  } catch (error) {
    try {
      Deno.removeSync(aside);
    } catch {
      // The file does not exist: it was never made, or it was renamed.
    }
    throw error;
  }
}

/**
 * Reads a file of the state folder. Returns `undefined` for a missing file and for one that may not be ours: a link, a file
 * of another user, a file that others can write, or a file larger than `maxBytes`.
 */
export function readStateFile(path: string, maxBytes: number): Uint8Array | undefined {
  try {
    if (!Deno.lstatSync(path).isFile) return undefined;
    using file = Deno.openSync(path, { read: true });
    const { isFile, size, uid, mode } = file.statSync();
    if (!isFile || size > maxBytes || !isOursAlone({ uid, mode })) return undefined;
    const bytes = new Uint8Array(size);
    let filled = 0;
    while (filled < size) {
      const count = file.readSync(bytes.subarray(filled));
      if (count === null) break;
      filled += count;
    }
    return bytes.subarray(0, filled);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return undefined;
    throw error;
  }
}

function isOursAlone({ uid, mode }: { readonly uid: number | null; readonly mode: number | null }): boolean {
  if (Deno.build.os === "windows" || uid === null || mode === null) return true;
  return uid === Deno.uid() && (mode & 0o022) === 0;
}
