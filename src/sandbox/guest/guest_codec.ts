import { type CodecHooks, createCodec } from "./codec.ts";

const hooks = {
  write: () => undefined,
  revive: () => undefined,
  maxCharacters: 0,
} as { -readonly [Key in keyof CodecHooks]: CodecHooks[Key] };

/** The guest's codec. Other modules of the guest add their special objects to it. */
export const codec = createCodec(hooks);

/** Adds the encoding of objects with methods: agents, classes, artifacts, responses. */
export function addObjects(write: CodecHooks["write"], revive: CodecHooks["revive"]): void {
  hooks.write = write;
  hooks.revive = revive;
}

/** Adds a function that returns the object to read instead of a view. */
export function addViews(behind: (value: object) => object): void {
  hooks.behind = behind;
}

/** Sets the maximum length of a value's text. */
export function limitText(maxCharacters: number): void {
  hooks.maxCharacters = maxCharacters;
}
