import { cleanLine } from "../text/mod.ts";
import type { World } from "./world.ts";

/** The person who uses this command line, as the system knows them. */
export function personOf({ environment }: World): string {
  const user = environment["USER"] ?? environment["USERNAME"];
  return cleanLine(user === undefined ? Deno.hostname() : `${user}@${Deno.hostname()}`);
}
