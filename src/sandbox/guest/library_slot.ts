import type { Library } from "./library/main.ts";

let load: () => Library;
let loaded: Library | undefined;

/** Sets the function that loads the library. It is set from outside, since the library itself needs parts of the guest. */
export function setLibraryLoader(loader: () => Library): void {
  load = loader;
}

/** The library. The first call takes some milliseconds. */
export function library(): Library {
  return loaded ??= load();
}
