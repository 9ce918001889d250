/**
 * Bundles the guest, the scripts that every sandbox instance runs first, into `src/sandbox/guest.bundle.js`.
 *
 * The bundle is checked in, so that the program runs from source without a build step. A test compares it.
 *
 *     deno task guest
 */
export const guestBundlePath = "src/sandbox/guest.bundle.js";

/** The expected bundle: a function of `halt`, `ask` and the builtins. It returns the functions that the host calls. */
export async function bundleGuest(): Promise<string> {
  const args = "bundle --quiet --platform browser --format iife src/sandbox/guest/main.ts".split(" ");
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
  if (!success) throw new Error(`Cannot bundle the guest: ${new TextDecoder().decode(stderr)}`);
  const text = new TextDecoder().decode(stdout);
  return `// Made by "deno task guest" from src/sandbox/guest/main.ts. Do not edit.
(function (halt, ask, builtinsText) {
"use strict";
const control = {};
${text.trim()}
return control;
})
`;
}

if (import.meta.main) await Deno.writeTextFile(guestBundlePath, await bundleGuest());
