import configuration from "../../deno.json" with { type: "json" };
import { sourceFiles } from "./source_modules.ts";

/** The modules of @std with the folders that use them, for CONTRIBUTING.md. */
export function standardLibrary(): string {
  const roots = ["src", "extras", "build", "bench", "tests"];
  const files = roots.flatMap((root) => sourceFiles(root).filter((file) => !file.startsWith("bench/peers/")))
    .map((file) => ({ file, text: Deno.readTextFileSync(file) }));
  const modules = Object.keys(configuration.imports).filter((name) => name.startsWith("@std/"));
  return [
    "| module | used in |",
    "| --- | --- |",
    ...modules.map((module) => {
      const users = files.filter(({ text }) => text.includes(`from "${module}"`)).map(({ file }) =>
        placeOf(file)
      );
      return `| \`${module}\` | ${[...new Set(users)].map((place) => `\`${place}\``).join(", ")} |`;
    }),
  ].join("\n");
}

/** `src/store` for `src/store/file/key.ts`, `tests` for any test. */
function placeOf(file: string): string {
  const [root, folder] = file.split("/");
  return root === "src" && !folder!.endsWith(".ts") ? `${root}/${folder}` : root!;
}
