import { codec } from "./guest_codec.ts";
import { primordials } from "./primordials.ts";

/*
 * The locals of the turn.
 */

const { quote, keys, Promise: NewPromise } = primordials;

/** Functions that read the locals of this turn, by name. */
export let readers: Record<string, () => unknown> = {};

export function setReaders(given: Record<string, () => unknown>): void {
  readers = given;
}

/** The most characters of one local, and of all locals, that a callee sees. */
const maxLocalLength = 20_000;
const maxLocalsLength = 50_000;

/** The present locals as the text of an object, without long ones and those that cannot be kept. */
export function presentLocals(): string {
  let text = "";
  const names = keys(readers);
  for (let i = 0; i < names.length; i++) {
    let item = "";
    try {
      const value = readers[names[i]!]!();
      if (typeof value !== "function" && !(value instanceof NewPromise)) {
        item = codec.encodeText(value, names[i]!);
      }
    } catch {
      // It is not declared yet, or it cannot be kept.
    }
    if (item === "" || item.length > maxLocalLength || text.length + item.length > maxLocalsLength) continue;
    text += (text === "" ? "" : ",") + quote(names[i]!) + ":" + item;
  }
  return "{" + text + "}";
}
