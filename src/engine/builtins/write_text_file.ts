import { createHash } from "node:crypto";
import { resolve } from "@std/path";
import { fieldsOf, plainText } from "../../sandbox/mod.ts";
import type { Encoded } from "../../sandbox/values.ts";
import type { AppendWait } from "../fold/entry.ts";
import type { State } from "../fold/state.ts";
import {
  type EffectContext,
  isMissing,
  type OutsideBuiltin,
  type Performed,
  type SendContext,
  type Sent,
  shortened,
  undefinedValue,
} from "./builtin.ts";
import { pathOf, Refusal, whileWriting, writeAccess } from "./file_access.ts";
import { refusing } from "./refusing.ts";

export const writeTextFileBuiltin: OutsideBuiltin = {
  kind: "outside",
  name: "writeTextFile",
  isYielding: true,
  isUndeclared: true,
  isSilent: true,
  permission: "write",
  parameters: [
    { name: "path", type: "string" },
    { name: "text", type: "string" },
    { name: "options", type: "{ append?: boolean }", optional: true },
  ],
  returns: "Promise<void>",
  doc: "Writes a file below a folder of `[permissions] write`. It has the old or the new text, never a part.",
  perform: (args, context) =>
    refusing(() => appends(args) ? startAppend("writeTextFile", args, context) : startReplace(args, context)),
  send: (args, context) => appends(args) ? sendAppend(args, context) : sendReplace(args, context),
};

export const appendTextFileBuiltin: OutsideBuiltin = {
  kind: "outside",
  name: "appendTextFile",
  isYielding: true,
  isUndeclared: true,
  isSilent: true,
  permission: "write",
  parameters: [{ name: "path", type: "string" }, { name: "text", type: "string" }],
  returns: "Promise<void>",
  doc:
    "Adds text at the end of a file below a folder of `[permissions] write`, once, also if the process dies meanwhile.",
  perform: (args, context) => refusing(() => startAppend("appendTextFile", args, context)),
  send: sendAppend,
};

function appends([, , options]: readonly Encoded[]): boolean {
  return fieldsOf(options)?.some(([key, value]) => key === "append" && value === true) ?? false;
}

function textOf(builtin: string, [, text]: readonly Encoded[]): string {
  if (typeof text === "string") return text;
  if (text !== undefined && !isMissing(text) && isArtifact(text)) return plainText(text);
  throw new Refusal("TypeError", `${builtin} needs a text; of a value make one with JSON.stringify(value)`);
}

function isArtifact(value: Encoded): boolean {
  return typeof value === "object" && value !== null && (value as { $type?: Encoded }).$type === "artifact";
}

function startReplace(args: readonly Encoded[], { state, world, key }: EffectContext): Performed {
  const path = pathOf("writeTextFile", args[0]);
  textOf("writeTextFile", args);
  const { disk, access } = writeAccess(state.settings, world);
  whileWriting(path, world, () => disk.appendPlace(resolve(world.programFolder, path), access));
  const what = `write ${shortened(path)}`;
  return { kind: "start", wait: { kind: "outside", key, repeatable: true, what } };
}

function startAppend(
  builtin: string,
  args: readonly Encoded[],
  { state, world, key }: EffectContext,
): Performed {
  const path = pathOf(builtin, args[0]);
  const bytes = new TextEncoder().encode(textOf(builtin, args)).length;
  const { disk, access } = writeAccess(state.settings, world);
  const place = whileWriting(path, world, () => disk.appendPlace(resolve(world.programFolder, path), access));
  const append: AppendWait = {
    path: place.path,
    from: Math.max(place.bytes, endOfAppends(state, place.path)),
    bytes,
  };
  const what = `append to ${shortened(path)}`;
  return { kind: "start", wait: { kind: "outside", key, repeatable: true, what, append } };
}

/** Where a file ends when the appends that are open now are done. */
function endOfAppends(state: State, path: string): number {
  let end = 0;
  for (const { running } of Object.values(state.frames)) {
    for (const open of Object.values(running?.open ?? {})) {
      if (open.kind !== "outside" || open.append?.path !== path) continue;
      end = Math.max(end, open.append.from + open.append.bytes);
    }
  }
  return end;
}

function sendReplace(args: readonly Encoded[], { world, settings, key }: SendContext): Promise<Sent> {
  return writing(() => {
    const path = pathOf("writeTextFile", args[0]);
    const { disk, access } = writeAccess(settings, world);
    const token = createHash("sha256").update(key).digest("hex").slice(0, 24);
    const text = textOf("writeTextFile", args);
    whileWriting(
      path,
      world,
      () => disk.overwriteFile(resolve(world.programFolder, path), text, access, token),
    );
    return done;
  });
}

function sendAppend(
  args: readonly Encoded[],
  { world, settings, wait, attempt }: SendContext,
): Promise<Sent> {
  return writing(() => {
    const path = pathOf("appendTextFile", args[0]);
    const { disk, access } = writeAccess(settings, world);
    const text = textOf("appendTextFile", args);
    const earlier = attempt === "again" && wait.append !== undefined ? { from: wait.append.from } : undefined;
    const result = whileWriting(
      path,
      world,
      () => disk.appendToFile(resolve(world.programFolder, path), text, access, earlier),
    );
    if (result === "done") return done;
    return {
      kind: "lost",
      why: "the file was changed since then, so it does not show whether the text was added",
    };
  });
}

const done: Sent = { kind: "result", outcome: { ok: true, value: undefinedValue } };

/** Runs a write at once: the order of the requests is the order of the writes. */
function writing(write: () => Sent): Promise<Sent> {
  try {
    return Promise.resolve(write());
  } catch (error) {
    if (!(error instanceof Refusal)) return Promise.reject(error);
    const { kind: name, message } = error;
    return Promise.resolve({ kind: "result", outcome: { ok: false, error: { name, message } } });
  }
}
