import { assertEquals } from "@std/assert";
import { readAddressed } from "../../src/frontends/addressed.ts";

const people = [
  { name: "Ann", displayName: "Dr. Ann Lee", id: "1001", streams: true },
  { name: "Ben", displayName: "Ben", streams: true },
  { name: "BenBig", displayName: "Ben Big", id: "1003", streams: true },
];

Deno.test("addressed: a line names its person, by name, display name or id", () => {
  const cases: readonly (readonly [line: string, person: string | undefined, text: string])[] = [
    ["yes", undefined, "yes"],
    ["  yes ", undefined, "  yes "],
    ["mail a@b.c", undefined, "mail a@b.c"],
    ["@Ann yes", "Ann", "yes"],
    [" @ann:  yes, please ", "Ann", "yes, please "],
    ["@Dr. Ann Lee, yes", "Ann", "yes"],
    ["@dr. ann lee", "Ann", ""],
    ["@1001 yes", "Ann", "yes"],
    ["@user yes", "Ann", "yes"],
    ["@Ben Big yes", "BenBig", "yes"],
    ["@Ben yes", "Ben", "yes"],
    ["@ben-big yes", "BenBig", "yes"],
    ["@Ben\tyes", "Ben", "yes"],
    ["@@Ann yes", undefined, "@Ann yes"],
    ["\\@Ann yes", undefined, "@Ann yes"],
    [" @@all", undefined, "@all"],
    ["@Ann @Ben", "Ann", "@Ben"],
  ];
  for (const [line, person, text] of cases) {
    const expected = { kind: "words", text, ...(person === undefined ? {} : { person }) } as const;
    assertEquals(readAddressed(line, people), expected, line);
  }
  for (const [line, name] of [["@Anna yes", "Anna"], ["@ yes", ""], ["@1002 yes", "1002"]] as const) {
    assertEquals(readAddressed(line, people), { kind: "unknown", name }, line);
  }
});

Deno.test("addressed: with one person, a line is only words", () => {
  for (const line of ["@Ann yes", "@@x", "\\@x", "@nobody"]) {
    assertEquals(readAddressed(line, people.slice(0, 1)), { kind: "words", text: line });
    assertEquals(readAddressed(line, []), { kind: "words", text: line });
  }
});
