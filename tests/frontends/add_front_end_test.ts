import { assertEquals } from "@std/assert";
import { faultsIn, sourceCopy } from "../support/source_copy.ts";

const document = Deno.readTextFileSync("docs/adding_a_front_end.md");

Deno.test("frontends: the code of docs/adding_a_front_end.md fits the source", async () => {
  using source = sourceCopy();
  const [frontEnd, follower] = [...document.matchAll(/```ts\n([^]*?)```/g)].map((match) => match[1]!);
  const folder = `${source.path}/src/frontends`;
  Deno.writeTextFileSync(`${folder}/echo.ts`, `// deno-lint-ignore-file no-console\n${frontEnd}`);
  Deno.writeTextFileSync(`${folder}/follow.ts`, inFunction(follower!));
  assertEquals(await faultsIn(source.path, ["src/frontends/echo.ts", "src/frontends/follow.ts"]), "");
});

/** Makes a file of the piece of code that uses `store` and `id`. */
function inFunction(code: string): string {
  return `// deno-lint-ignore-file no-console
import { SessionHandle } from "../session/mod.ts";
import type { SessionStore } from "../store/mod.ts";

export async function follow(store: SessionStore, id: string): Promise<void> {
${code.replace(/^(?=.)/gm, "  ")}}
`;
}
