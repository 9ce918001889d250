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
