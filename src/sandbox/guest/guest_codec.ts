import { type CodecHooks, createCodec } from "./codec.ts";

const hooks = {
  write: () => undefined,
  revive: () => undefined,
  maxCharacters: 0,
} as { -readonly [Key in keyof CodecHooks]: CodecHooks[Key] };

/** The guest's codec. It knows the objects that other modules of the guest add. */
export const codec = createCodec(hooks);

/** Makes the codec write and revive objects with methods: agents, classes, artifacts, responses. */
export function addObjects(write: CodecHooks["write"], revive: CodecHooks["revive"]): void {
  hooks.write = write;
  hooks.revive = revive;
}

/** Makes the codec read another object in the place of one. */
export function addViews(behind: (value: object) => object): void {
  hooks.behind = behind;
}

/** Sets how long the text of a value may be. */
export function limitText(maxCharacters: number): void {
  hooks.maxCharacters = maxCharacters;
}
