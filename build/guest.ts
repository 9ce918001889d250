/**
 * Bundles the guest, the scripts that every sandbox instance runs first, into `src/sandbox/guest.bundle.js`, and its
 * library into `src/sandbox/library.bundle.js`. A scope runs the library when its code first uses it.
 * The runtime of Python forms in placeholders goes into `src/sandbox/python.bundle.js`.
 *
 * The bundles are checked in, so that the program runs from source without a build step. A test compares them.
 *
 *     deno task guest
 */
export const guestBundlePath = "src/sandbox/guest.bundle.js";
export const libraryBundlePath = "src/sandbox/library.bundle.js";

/** The expected bundle: a function of `halt`, `ask` and the builtins. It returns the functions that the host calls. */
export async function bundleGuest(): Promise<string> {
  const entry = "src/sandbox/guest/main.ts";
  return `// Made by "deno task guest" from ${entry}. Do not edit.
(function (halt, ask, builtinsText) {
"use strict";
const control = {};
${await bundled(entry)}
return control;
})
`;
}

/** The expected bundle of the library: a function of the parts of the guest that it uses. It returns the library. */
export async function bundleLibrary(): Promise<string> {
  const entry = "src/sandbox/guest/library/main.ts";
  return `// Made by "deno task guest" from ${entry}. Do not edit.
(function (support) {
"use strict";
const library = {};
${await bundled(entry)}
return library;
})
`;
}

export const pythonBundlePath = "src/sandbox/python.bundle.js";

/** The expected bundle of the runtime of Python forms: a function without parameters that returns the runtime. */
export async function bundlePython(): Promise<string> {
  const entry = "src/sandbox/guest/python/main.ts";
  return `// Made by "deno task guest" from ${entry}. Do not edit.
(function () {
"use strict";
let runtime;
const return_ = (made) => void (runtime = made);
${await bundled(entry, "--minify")}
return runtime;
})
`;
}

async function bundled(entry: string, ...flags: string[]): Promise<string> {
  const args = ["bundle", "--quiet", "--platform", "browser", "--format", "iife", ...flags, entry];
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
  if (!success) throw new Error(`Cannot bundle ${entry}: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout).trim();
}

if (import.meta.main) {
  await Deno.writeTextFile(guestBundlePath, await bundleGuest());
  await Deno.writeTextFile(libraryBundlePath, await bundleLibrary());
  await Deno.writeTextFile(pythonBundlePath, await bundlePython());
}
