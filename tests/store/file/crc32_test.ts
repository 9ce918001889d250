import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { crc32 as zlibCrc32 } from "node:zlib";
import { crc32 } from "../../../src/store/file/crc32.ts";

Deno.test("crc32() gives what zlib gives, at once and in parts", () => {
  assertEquals(crc32(new TextEncoder().encode("123456789")), 0xcbf43926);
  fc.assert(fc.property(fc.uint8Array(), fc.uint8Array(), (first, second) => {
    assertEquals(crc32(second, crc32(first)), zlibCrc32(second, zlibCrc32(first)));
  }));
});
