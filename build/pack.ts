/**
 * Packs a bundle, a folder of JavaScript files that import one another, into what the binary is compiled from: `main.js`, which
 * only loads, and a folder `packed` of what is read when it is needed.
 *
 * What every start must read is little: bytes that the bundle carries as base64 become files, comments go, and what most runs do
 * not need is compressed. The rest is a few scripts rather than modules, because machine code of scripts can be carried too:
 * `ahead.ts` makes it.
 *
 *     deno run --allow-read --allow-write build/pack.ts dist/bundle dist/program
 */
import { magics } from "./archive.ts";
import { compress } from "./compress.ts";
import { type Piece, pieceOf } from "./link.ts";
import { createLoader } from "./loader.ts";
import { strip } from "./strip.ts";

/** The scripts: each holds these pieces of the bundle, by their names without hashes, and what they need to begin. */
const scriptRoots: Readonly<Record<string, readonly string[]>> = {
  begin: ["main"],
  work: ["working_commands"],
  model: ["provider", "chat"],
  sandbox: ["quickjs", "emscripten-module"],
  anthropic: ["anthropic"],
  google: ["google"],
  openai: ["openai"],
};
/** Files that import nothing, which threads begin with. */
export const workers = ["sentinel_worker.ts"];
/** What a run reads that asks a model: to unpack it would take longer than to read it. */
const plainScripts = new Set(["begin", "work", "model", "sandbox"]);
/** Larger ones are compressed: no run needs them but those that strip types. */
const mostPlainBytes = 1_000_000;
/** Shorter ones are left where they are. */
const leastBase64 = 100_000;
const base64 = new RegExp(
  `(__toBinary\\(|\\.from\\()"([A-Za-z0-9+/=]{${leastBase64},})"(?:, "base64")?\\)`,
  "g",
);

if (import.meta.main) {
  const [from, to] = Deno.args;
  if (from === undefined || to === undefined) {
    throw new Error("Cannot pack: name the folder of the bundle and another");
  }
  await pack(from, to);
}

async function pack(from: string, to: string): Promise<void> {
  await Deno.remove(to, { recursive: true }).catch(() => {});
  await Deno.mkdir(`${to}/packed`, { recursive: true });
  const compressed: string[] = [];
  const write = (file: string, bytes: Uint8Array, isPlain: boolean) => {
    if (!isPlain) compressed.push(file);
    Deno.writeFileSync(`${to}/packed/${file}${isPlain ? "" : ".z"}`, isPlain ? bytes : compress(bytes));
  };

  let moved = 0;
  const texts = new Map<string, string>();
  const textOf = (path: string): string => {
    const name = nameOf(path);
    let count = 0;
    const text = texts.get(name) ??
      Deno.readTextFileSync(`${from}/${path}`).replace(base64, (_, call: string, data: string) => {
        const file = `${name}.${++count}`;
        const bytes = Uint8Array.fromBase64(data);
        write(file, bytes, bytes.length <= mostPlainBytes);
        return `${call === ".from(" ? call : "("}$packed("${file}"))`;
      });
    moved += count;
    texts.set(name, text);
    return text;
  };
  const late = latePieces(piecesOf(["main.js", "build/late.js"], textOf));
  const pieces = piecesOf(["main.js", "build/ahead.js"], textOf, late);
  for (const { name, waits } of pieces.values()) {
    if (waits && name !== "main.js") throw new Error(`Cannot pack ${name}: it waits at its top level`);
  }
  // Then a library has changed its form, and every start would pay for it.
  if (moved < 2) throw new Error(`Cannot pack ${from}: it holds less machine code as base64 than is known`);

  // Threads are begun from files of their own.
  for (const worker of workers) Deno.copyFileSync(`src/frontends/${worker}`, `${to}/${worker}`);
  const ofProgram = reachable("main.js", pieces);
  const scripts = scriptsOf(ofProgram, pieces);
  for (const [script, names] of scripts) {
    const text = `(function ($need, $load, $builtin, $packed, $meta) {
"use strict";
return ${factoriesText(names, pieces)};
})`;
    write(`${script}.js`, new TextEncoder().encode(strip(text, "script")), plainScripts.has(script));
  }
  const scriptOf = Object.fromEntries(
    [...scripts].flatMap(([script, names]) => names.map((name) => [name, script])),
  );
  const ofAhead = [...pieces.keys()].filter((name) => !ofProgram.has(name));
  for (
    const { file, names, end } of [
      { file: "main.js", names: [], end: `await $need("main.js");` },
      { file: "ahead.js", names: ofAhead, end: `await $need("ahead.js").makeAhead(loaded, compressed);` },
    ]
  ) {
    const text = `const [$meta, compressed] = [import.meta, ${JSON.stringify(compressed)}];
const { factories, loaded, need: $need, load: $load, builtin: $builtin, packed: $packed } = (${createLoader})(
  { meta: $meta, scripts: ${JSON.stringify(scriptOf)}, compressed, magics: ${JSON.stringify(magics)} }
);
$meta.carried = (file) => $packed(file, false);
Object.assign(factories, ${factoriesText(names, pieces)});
${end}
`;
    Deno.writeTextFileSync(`${to}/${file}`, strip(text, "module"));
  }
}

/** Files of the bundle and all that these can come to need. */
function piecesOf(
  paths: readonly string[],
  textOf: (path: string) => string,
  late?: ReadonlySet<string>,
  pieces = new Map<string, Piece>(),
): ReadonlyMap<string, Piece> {
  for (const path of paths) {
    const name = nameOf(path);
    if (pieces.has(name)) continue;
    const piece = pieceOf(name, textOf(path), late);
    pieces.set(name, piece);
    piecesOf([...piece.needs, ...piece.loads], textOf, late, pieces);
  }
  return pieces;
}

/** The libraries that `late.ts` names, without what others need anyway. */
function latePieces(pieces: ReadonlyMap<string, Piece>): ReadonlySet<string> {
  const always = new Set(closure("main.js", pieces));
  return new Set(
    pieces.get("late.js")!.loads.flatMap((name) => pieces.get(name)!.needs).filter((name) =>
      !always.has(name)
    ),
  );
}

/** Pieces of each script: all of the program. */
function scriptsOf(
  program: ReadonlySet<string>,
  pieces: ReadonlyMap<string, Piece>,
): ReadonlyMap<string, readonly string[]> {
  const taken = new Set<string>();
  const scripts = new Map<string, readonly string[]>();
  const add = (script: string, roots: readonly string[]) => {
    const names = new Set(roots.flatMap((root) => closure(root, pieces))).difference(taken);
    for (const name of names) taken.add(name);
    scripts.set(script, [...names]);
  };
  for (const [script, roots] of Object.entries(scriptRoots)) {
    add(
      script,
      roots.map((root) =>
        onlyOne([...program].filter((name) => name.replace(/(-[A-Z0-9]{8})?\.js$/, "") === root), root)
      ),
    );
  }
  for (const name of program) if (!taken.has(name)) add(name.replace(/\.js$/, ""), [name]);
  return scripts;
}

/** A piece and all that it needs to begin, each after what it needs itself. */
function closure(name: string, pieces: ReadonlyMap<string, Piece>, above: readonly string[] = []): string[] {
  if (above.includes(name)) throw new Error(`Cannot pack ${name}: it needs itself, over ${above.join(", ")}`);
  const needs = pieces.get(name)!.needs.flatMap((need) => closure(need, pieces, [...above, name]));
  return [...new Set([...needs, name])];
}

/** A piece and all that it can come to need. */
function reachable(name: string, pieces: ReadonlyMap<string, Piece>, found = new Set<string>()): Set<string> {
  if (found.has(name)) return found;
  found.add(name);
  const { needs, loads } = pieces.get(name)!;
  for (const other of [...needs, ...loads]) reachable(other, pieces, found);
  return found;
}

function factoriesText(names: readonly string[], pieces: ReadonlyMap<string, Piece>): string {
  return `{\n${names.map((name) => `${JSON.stringify(name)}: ${pieces.get(name)!.factory}`).join(",\n")}\n}`;
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function onlyOne(names: readonly string[], root: string): string {
  if (names.length !== 1) {
    throw new Error(`Cannot pack ${root}: the bundle has ${names.length} files of that name`);
  }
  return names[0]!;
}
