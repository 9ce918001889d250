import { assertEquals } from "@std/assert";
import { fit, fitEnd, textWidth } from "../../src/frontends/text_width.ts";

Deno.test("text width: a cut text is no wider than the columns, and no character is split", () => {
  for (const text of ["plain words", "日本語のテキスト", "👩‍👩‍👧 a family 👩‍👩‍👧", "e\u0301e\u0301e\u0301"]) {
    for (let columns = 0; columns <= 20; columns++) {
      const [start, end] = [fit(text, columns), fitEnd(text, columns)];
      for (const cut of [start, end]) {
        assertEquals([textWidth(cut) <= columns, cut.isWellFormed()], [true, true]);
      }
      if (textWidth(text) <= columns) assertEquals([start, end], [text, text]);
      else {
        assertEquals(text.startsWith(start.replace("…", "")), true);
        assertEquals(text.endsWith(end.replace("…", "")), true);
      }
    }
  }
  assertEquals([fit("abcdef", 4), fitEnd("abcdef", 4)], ["abc…", "…def"]);
});
