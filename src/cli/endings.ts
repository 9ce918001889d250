import type { World } from "./world.ts";

const endings = new WeakMap<World, (() => Promise<void>)[]>();

/** Calls a function when the command line has been carried out, to close what it opened. */
export function atEnd(world: World, end: () => Promise<void>): void {
  const known = endings.get(world) ?? [];
  endings.set(world, [...known, end]);
}

/** Calls the functions of `atEnd`. */
export async function runEndings(world: World): Promise<void> {
  const known = endings.get(world) ?? [];
  endings.delete(world);
  await Promise.all(known.map((end) => end()));
}
