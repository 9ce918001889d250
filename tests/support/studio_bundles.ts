/**
 * `deno task studio` bundles the page of `extras/studio` into `src/frontends/studio`: one script and one style sheet. They are
 * checked in, and a test compares them.
 */
const bundles = [
  ["script", "src/frontends/studio/page.bundle.js"],
  ["style", "src/frontends/studio/page.bundle.css"],
] as const;

/** The files that are checked in, and their texts as the source gives them. */
export async function studioBundles(): Promise<readonly { readonly path: string; readonly text: string }[]> {
  return await Promise.all(bundles.map(async ([kind, path]) => ({ path, text: await made[kind]() })));
}

const made = {
  script: () =>
    output([
      "bundle",
      "--config",
      "extras/studio/browser.json",
      "--quiet",
      "--platform",
      // The variant for browsers decodes `&amp;` with innerHTML, which the policy of the page forbids.
      "deno",
      "--format",
      "iife",
      "--minify",
      "extras/studio/main.tsx",
    ]),
  style: () =>
    output([
      "run",
      "--quiet",
      "--no-config",
      "--allow-all",
      "npm:esbuild@0.28.1",
      "--minify",
      "extras/studio/style.css",
    ]),
};

async function output(args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args: [...args] }).output();
  if (success) return new TextDecoder().decode(stdout);
  throw new Error(`Cannot make the page: deno ${args[0]}: ${new TextDecoder().decode(stderr)}`);
}

if (import.meta.main) {
  for (const { path, text } of await studioBundles()) await Deno.writeTextFile(path, text);
}
