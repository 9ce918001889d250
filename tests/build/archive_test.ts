import { assertEquals } from "@std/assert";
import { magics, withArchive } from "../../build/archive.ts";

const files = [{ name: "a.js", bytes: bytesOf("first") }, { name: "b.js", bytes: bytesOf("the second") }];

Deno.test("withArchive() puts files in front of what Deno put at a program's end, with an index behind them", () => {
  const [runtime, section] = [elf(300), bytesOf("d3n0l4nd and more")];
  const whole = withArchive(joined(runtime, section, trailer(section.length)), files)!;
  const sectionAt = whole.length - 16 - section.length;
  assertEquals(whole.subarray(0, runtime.length), runtime);
  assertEquals(whole.subarray(sectionAt), joined(section, trailer(section.length)));

  const archive = whole.subarray(runtime.length, sectionAt);
  const foot = new DataView(archive.buffer, archive.byteOffset + archive.length - 8);
  assertEquals(foot.getUint32(4), magics.archive);
  const indexAt = archive.length - 8 - foot.getUint32(0);
  const { bytes, index } = JSON.parse(
    new TextDecoder().decode(archive.subarray(indexAt, archive.length - 8)),
  );
  assertEquals(bytes, indexAt);
  for (const { name, bytes } of files) {
    const [at, length] = index[name];
    assertEquals(archive.subarray(at, at + length), bytes);
  }
});

Deno.test("withArchive() leaves a program alone that is not of the form it knows", () => {
  const section = bytesOf("d3n0l4nd");
  for (
    const program of [
      bytesOf("MZ, a program for Windows, longer than a head of ELF, and so on and so on and so on"),
      joined(elf(300), section, trailer(section.length, magics.trailer + 1)),
      joined(elf(300), section, trailer(section.length + 1)),
      joined(elf(300), section),
    ]
  ) {
    assertEquals(withArchive(program, files), undefined);
  }
});

/** The head of an ELF file that ends after so many bytes with its table of two sections. */
function elf(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  bytes.set(bytesOf("\x7fELF"));
  const head = new DataView(bytes.buffer);
  head.setBigUint64(40, BigInt(length - 2 * 64), true);
  head.setUint16(58, 64, true);
  head.setUint16(60, 2, true);
  return bytes;
}

function trailer(length: number, magic: number = magics.trailer): Uint8Array<ArrayBuffer> {
  const bytes = new DataView(new ArrayBuffer(16));
  bytes.setUint32(0, magic, true);
  bytes.setBigUint64(8, BigInt(length), true);
  return new Uint8Array(bytes.buffer);
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
