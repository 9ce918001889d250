import { assert, assertEquals } from "@std/assert";
import { parse } from "acorn";
import { createLoader } from "../../build/loader.ts";
import { strip } from "../../build/strip.ts";
import { createGuest } from "../../src/sandbox/guest/guest.ts";
import { publishApi } from "../../src/sandbox/guest/guest_api.ts";

Deno.test("strip() takes comments and indentation, and nothing that means something", () => {
  assertEquals(
    strip(
      `// a comment
function  f(a,   b) { /* another */
    return    /[/]*/g; // of a line
}
const text = \`  // \${ f( 1 ) /* none */ }
   "kept"\`;
let a = 1 /* over
two lines */
++a
`,
      "script",
    ),
    `
function f(a, b) {
return /[/]*/g;
}
const text = \`  // \${ f( 1 ) }
   "kept"\`;
let a = 1
++a
`,
  );
});

Deno.test("strip() leaves the meaning of large programs as it was", () => {
  for (const text of [`(${createGuest})`, `(${publishApi})`, `(${createLoader})`]) {
    const commented = text.replaceAll("\n", " // a comment\n    /* and */\n");
    const stripped = strip(commented, "script");
    assert(stripped.length < text.length);
    assertEquals(shape(stripped), shape(text));
  }
});

Deno.test("strip() escapes letters beyond ASCII, and they mean what they did", () => {
  const text = "const größe = `ü ${/[’🙂]/u.exec('🙂')[0]} €`; return größe";
  const stripped = strip(`(function () {${text}})`, "script").slice("(function () {".length, -"})".length);
  assert(/^[\x20-\x7e]*$/.test(stripped), stripped);
  assertEquals(new Function(stripped)(), new Function(text)());
});

/** A program's tree without its places and its spellings. */
function shape(text: string): string {
  return JSON.stringify(
    parse(text, { ecmaVersion: "latest", sourceType: "script" }),
    (key, value) => key === "start" || key === "end" || key === "raw" ? undefined : value,
  );
}
