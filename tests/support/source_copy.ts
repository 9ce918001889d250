import { copyBelow } from "./temp_files.ts";

/** Copies the files for a run from source into a new folder, to change them there. Disposing removes it. */
export function sourceCopy(): Disposable & { readonly path: string } {
  const path = Deno.makeTempDirSync({ prefix: "playbooks_source_" });
  for (const part of ["src", "extras", "types", "main.ts", "deno.json", "deno.lock"]) {
    copyBelow(part, `${path}/${part}`);
  }
  return { path, [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }) };
}

/** Adds text at the start of a file, and a line after the opening line of a list. */
export function addToList(
  file: string,
  list: { readonly start: string; readonly row: string },
  imported: string,
) {
  const text = Deno.readTextFileSync(file);
  if (!text.includes(list.start)) throw new Error(`${file} lacks ${JSON.stringify(list.start)}`);
  Deno.writeTextFileSync(file, imported + text.replace(list.start, list.start + list.row));
}

/** Runs a module of the folder to its end; `stdout` has both outputs. */
export async function runIn(
  folder: string,
  args: readonly string[],
): Promise<{ readonly code: number; readonly stdout: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-check", "--no-prompt", "-A", ...args],
    cwd: folder,
    env: { PLAYBOOKS_TRUST: "1", NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout) + text(stderr) };
}

/** Checks the form, the lint rules and the types of files of the folder, as `deno task ok` does. Returns what is wrong. */
export async function faultsIn(folder: string, files: readonly string[]): Promise<string> {
  let faults = "";
  for (const check of [["fmt", "--check", "--quiet"], ["lint", "--quiet"], ["check", "--quiet"]]) {
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [...check, ...files],
      cwd: folder,
      env: { NO_COLOR: "1" },
      stdin: "null",
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    if (!success) faults += `deno ${check.join(" ")}:\n${text(stdout)}${text(stderr)}`;
  }
  return faults;
}
