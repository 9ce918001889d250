/**
 * Packs what a bundle carries as base64: the machine code of libraries, which most runs never need.
 *
 * A compiled program is read as a whole each time it starts, a millisecond for each megabyte. So the bytes go into files of
 * their own, compressed, and are unpacked by the code that used to hold them.
 *
 *     deno run --allow-read --allow-write build/pack.ts dist/bundle
 */

/** Shorter ones are not worth it: to unpack takes time, too. */
const leastCharacters = 1_000_000;
const literal = new RegExp(`\\.from\\("([A-Za-z0-9+/=]{${leastCharacters},})", "base64"\\)`, "g");

/** What a packed file needs; imports may stand anywhere. */
const unpacking = `import { inflateSync as inflatePacked } from "node:zlib";
function unpack(path) {
  return inflatePacked(Deno.readFileSync(new URL(path, import.meta.url)));
}`;

const [folder] = Deno.args;
if (folder === undefined) throw new Error("Cannot pack: name the folder of the bundle");
if (await exists(`${folder}/packed`)) await Deno.remove(`${folder}/packed`, { recursive: true });
await Deno.mkdir(`${folder}/packed`);
let packed = 0;
for (
  const name of [...Deno.readDirSync(folder)].map((entry) => entry.name).filter((name) => /\.js$/.test(name))
) {
  const text = await Deno.readTextFile(`${folder}/${name}`);
  const pieces: { readonly name: string; readonly base64: string }[] = [];
  const rest = text.replace(literal, (_, base64: string) => {
    const piece = `${name}.${pieces.length + 1}.z`;
    pieces.push({ name: piece, base64 });
    return `.from(unpack("./packed/${piece}"))`;
  });
  if (pieces.length === 0) continue;
  for (const piece of pieces) {
    await Deno.writeFile(
      `${folder}/packed/${piece.name}`,
      await deflated(Uint8Array.fromBase64(piece.base64)),
    );
  }
  await Deno.writeTextFile(`${folder}/${name}`, `${unpacking}\n${rest}`);
  packed += pieces.length;
}
// Then a library has changed its form, and every start pays for it.
if (packed === 0) throw new Error(`Cannot pack ${folder}: it holds no machine code as base64`);

async function deflated(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
