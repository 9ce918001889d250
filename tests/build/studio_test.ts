import { assert, assertEquals } from "@std/assert";
import { gzipSync } from "node:zlib";
import { studioBundles } from "../support/studio_bundles.ts";
import { studioPage } from "../../src/frontends/studio/studio_page.ts";

const maxPageBytes = 150_000;

Deno.test("studio: the checked-in bundles match the page's source (deno task studio writes them)", async () => {
  for (const { path, text } of await studioBundles()) assertEquals(await Deno.readTextFile(path), text, path);
});

Deno.test("studio: the whole page has at most 150 kB compressed", async () => {
  const files = [...(await studioPage()).values()];
  const bytes = files.reduce((sum, file) => sum + gzipSync(file.bytes).length, 0);
  assert(bytes <= maxPageBytes, `${bytes} bytes`);
});

Deno.test("studio: the page names no other server, and has no code that makes code or markup from texts", async () => {
  const files = await studioPage();
  const text = new TextDecoder();
  const html = text.decode(files.get("/")!.bytes);
  assertEquals([...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address]) => address), [
    "data:,",
    "/assets/studio.css",
    "/assets/studio.js",
  ]);
  const script = text.decode(files.get("/assets/studio.js")!.bytes);
  assertEquals(script.match(/\beval\(|new Function\(|insertAdjacentHTML|document\.write/g), null);
  const addresses = [...script.matchAll(/["'`](https?:\/\/[^"'`]*)/g)].map(([, address]) => address);
  // Names of the namespaces of SVG and MathML.
  assertEquals(addresses.filter((address) => !address!.startsWith("http://www.w3.org/")), []);
  assertEquals(text.decode(files.get("/assets/studio.css")!.bytes).match(/url\(|@import/g), null);
});
