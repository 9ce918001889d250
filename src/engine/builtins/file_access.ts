import { resolve } from "@std/path";
import { FileError, isBelow, type ReadableFolder, type WriteAccess } from "../../files/mod.ts";
import { plainText } from "../../sandbox/mod.ts";
import type { Encoded } from "../../sandbox/values.ts";
import { defaultMaxFileKb, type RuntimeSettings } from "../fold/settings.ts";
import type { EngineDisk, EngineWorld } from "../world.ts";
import { isMissing, shortened } from "./builtin.ts";

/** A mistake of the code, for an error that it can catch. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  /** The name of the error that the code gets. */
  readonly kind: "FileError" | "PermissionError" | "TypeError";

  constructor(kind: Refusal["kind"], message: string) {
    super(message);
    this.kind = kind;
  }
}

/** The path that code named, as text. Throws a {@linkcode Refusal}. */
export function pathOf(builtin: string, path: Encoded | undefined): string {
  if (isMissing(path)) throw new Refusal("FileError", `${builtin} needs a path`);
  return plainText(path!);
}

/** The folders that code may read: the program's own, and those of the permissions. */
export function readableFolders({ permissions }: RuntimeSettings, world: EngineWorld): ReadableFolder[] {
  return [
    { path: world.programFolder, visibleOnly: true },
    ...permissions.read.map((folder) => ({ path: folder, visibleOnly: false })),
  ];
}

/** The text of a file that code may read. Throws a {@linkcode Refusal}. */
export function readPermitted(path: string, settings: RuntimeSettings, world: EngineWorld): string {
  const within = readableFolders(settings, world);
  return whileReading(
    path,
    world,
    () => world.readFile(resolve(world.programFolder, path), { within, maxBytes: maxBytesOf(settings) }),
  );
}

/** Runs a read of a path that code named. Throws a {@linkcode Refusal} that names the way out. */
export function whileReading<Value>(path: string, world: EngineWorld, read: () => Value): Value {
  return naming(read, (error) => {
    const shown = shortened(path);
    const isClosed = error.fault === "outside" || error.fault === "hidden";
    if (!isClosed) return `Cannot load ${shown}: it ${error.message}${largerFiles(error)}`;
    // The program's folder is open, so a path in it that leads outside goes through a link.
    const isLink = error.fault === "outside" &&
      isBelow(resolve(world.programFolder, path), world.programFolder);
    const way = isLink
      ? `add the folder that it leads to ${inSettings("read")}`
      : wayOut("read", path, world);
    return `Reading ${shown} is not permitted: it ${error.message}; ${way}`;
  });
}

/** Runs a write of a path that code named. Throws a {@linkcode Refusal} that names the way out. */
export function whileWriting<Value>(path: string, world: EngineWorld, write: () => Value): Value {
  return naming(write, (error) => {
    const shown = shortened(path);
    switch (error.fault) {
      case "outside":
      case "hidden":
        return `Writing ${shown} is not permitted: it ${error.message}; ${wayOut("write", path, world)}`;
      case "guarded":
        return `Writing ${shown} is not permitted: it ${error.message}; to allow it nevertheless, ` +
          permitting("write", shown, resolve(world.programFolder, path));
      case "closed":
        return `Writing ${shown} is not permitted: it ${error.message}, which only playbooks itself writes`;
      default:
        return `Cannot write ${shown}: it ${error.message}${largerFiles(error)}`;
    }
  });
}

function naming<Value>(run: () => Value, message: (error: FileError) => string): Value {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    throw new Refusal("FileError", message(error));
  }
}

/** `add "out" to write under [permissions] in playbooks.toml, or run with --allow-write=/home/ada/out` */
function wayOut(kind: "read" | "write", path: string, { programFolder }: EngineWorld): string {
  const slash = Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\"));
  const folder = slash < 0 ? "." : slash === 0 ? "/" : path.slice(0, slash);
  // A permission of a folder does not open names in it that begin with a dot.
  const named = /(^|[/\\])\.[^./\\]/.test(path) ? path : folder;
  return permitting(kind, shortened(named), shortened(resolve(programFolder, named)));
}

/** The setting and the flag that permit something. A flag's path is relative to another folder, so it is absolute. */
export function permitting(kind: keyof RuntimeSettings["permissions"], named: string, flag = named): string {
  return `add ${JSON.stringify(named)} ${inSettings(kind)}, or run with --allow-${kind}=${flag}`;
}

function inSettings(kind: string): string {
  return `to ${kind} under [permissions] in playbooks.toml`;
}

function largerFiles({ fault }: FileError): string {
  return fault === "large" ? "; set max_file_kb under [limits] in playbooks.toml to allow more" : "";
}

/** The access of code that writes. Throws a {@linkcode Refusal} if this world has no disk. */
export function writeAccess(
  settings: RuntimeSettings,
  world: EngineWorld,
): { readonly disk: EngineDisk; readonly access: WriteAccess } {
  const { disk } = world;
  if (disk === undefined) throw new Refusal("FileError", "Files cannot be written here");
  return {
    disk,
    access: {
      within: settings.permissions.write,
      closed: disk.closed,
      guarded: disk.guarded,
      maxBytes: maxBytesOf(settings),
    },
  };
}

function maxBytesOf({ limits }: RuntimeSettings): number {
  return (limits.maxFileKb ?? defaultMaxFileKb) * 1024;
}
