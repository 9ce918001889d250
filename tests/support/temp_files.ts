import { assert } from "@std/assert";

/** Creates a folder and gives its real path; disposing removes it. */
export function tempFolder(): Disposable & { readonly path: string } {
  const path = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "playbooks_test_" }));
  return { path, [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }) };
}

/** Makes a named pipe and returns its path. */
export function pipeAt(path: string): string {
  const { success } = new Deno.Command("mkfifo", { args: [path] }).outputSync();
  assert(success);
  return path;
}

/** The paths of all files below a folder, sorted. */
export function filesBelow(folder: string): readonly string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    const path = `${folder}/${name}`;
    return isDirectory ? filesBelow(path) : [path];
  }).sort();
}

/** Copies a file, or a folder with all in it. */
export function copyBelow(from: string, to: string): void {
  if (Deno.statSync(from).isFile) {
    Deno.copyFileSync(from, to);
    return;
  }
  Deno.mkdirSync(to, { mode: 0o700 });
  for (const { name } of Deno.readDirSync(from)) copyBelow(`${from}/${name}`, `${to}/${name}`);
}
