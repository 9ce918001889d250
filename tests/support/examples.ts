/** The text of an example, by its file name. */
export function exampleText(name: string): string {
  return Deno.readTextFileSync(new URL(`../../examples/${name}`, import.meta.url));
}
