/**
 * `deno task guest` bundles the scripts of the sandbox: the guest, which every instance runs first; its library, which a scope
 * runs when its code first uses it; and the runtime of Python forms. They are checked in, and a test compares them.
 */
const returned = "let runtime;\nconst return_ = (made) => void (runtime = made);";
/** Each is a function of `takes`. It begins with `begin` and returns `gives`. */
export const sandboxBundles = ([
  ["guest", "guest", "halt, ask, builtinsText", "const control = {};", "control"],
  ["library", "guest/library", "support", "const library = {};", "library"],
  ["python", "guest/python", "", returned, "runtime", "--minify"],
] as const).map(([name, from, takes, begin, gives, ...flags]) => {
  return { path: `src/sandbox/${name}.bundle.js`, from, takes, begin, gives, flags };
});

export async function bundleText({ from, takes, begin, gives, flags }: typeof sandboxBundles[number]) {
  const entry = `src/sandbox/${from}/main.ts`;
  const args = ["bundle", "--quiet", "--platform", "browser", "--format", "iife", ...flags, entry];
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
  if (!success) throw new Error(`Cannot bundle ${entry}: ${new TextDecoder().decode(stderr)}`);
  const head =
    `// Made by "deno task guest" from ${entry}. Do not edit.\n(function (${takes}) {\n"use strict";\n`;
  return `${head}${begin}\n${new TextDecoder().decode(stdout).trim()}\nreturn ${gives};\n})\n`;
}

if (import.meta.main) {
  for (const each of sandboxBundles) await Deno.writeTextFile(each.path, await bundleText(each));
}
