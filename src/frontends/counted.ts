import { thousands } from "./thousands.ts";

/** A number with its noun, for people: `1 entry`, `2,000 entries`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${thousands(count)} ${count === 1 ? one : many}`;
}
