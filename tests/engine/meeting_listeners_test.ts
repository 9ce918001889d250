import { assertEquals } from "@std/assert";
import { hearingInMeeting } from "../../src/engine/meeting_listeners.ts";

type Person = Parameters<typeof hearingInMeeting>[0];

const ann = (meetings: Person["delivery"]["meetings"], streams = true): Person => ({
  name: "AnnLee",
  displayName: "Dr. Ann",
  id: "1003",
  delivery: { streams, meetings },
});

Deno.test("meeting_listeners: who hears which words of a meeting", () => {
  const words = { text: "We begin.", targets: [] as readonly string[], isMember: true };
  const both = { hears: true, previews: true };
  const neither = { hears: false, previews: false };
  const table: readonly (readonly [claim: string, Person, Partial<typeof words>, typeof both])[] = [
    ["all: any words", ann("all"), {}, both],
    ["all: words for another", ann("all"), { targets: ["1001"] }, both],
    ["all, but no member", ann("all"), { isMember: false }, neither],
    ["none: words for the person", ann("none"), { targets: ["1003"], text: "AnnLee?" }, neither],
    ["targeted: words for all", ann("targeted"), {}, neither],
    ["targeted: by id", ann("targeted"), { targets: ["1001", "1003"] }, both],
    ["targeted: by agent id", ann("targeted"), { targets: ["agent 1003"] }, both],
    ["targeted: by another id", ann("targeted"), { targets: ["100", "10030"] }, neither],
    ["targeted: by class as target", ann("targeted"), { targets: ["annlee"] }, both],
    ["targeted: by display name as target", ann("targeted"), { targets: ["Dr. Ann"] }, both],
    ["targeted: display name in the text", ann("targeted"), { text: "What does dr. ann say?" }, both],
    ["targeted: class in the text", ann("targeted"), { text: "(ANNLEE)" }, both],
    ["targeted: name inside another word", ann("targeted"), { text: "MyAnnLees, dr. anna" }, neither],
    ["targeted: a later place counts", ann("targeted"), { text: "dr. anna and Dr. Ann" }, both],
    ["targeted, but no member", ann("targeted"), { targets: ["1003"], isMember: false }, neither],
    ["streaming off: whole words only", ann("all", false), {}, { hears: true, previews: false }],
    ["streaming off and not meant", ann("targeted", false), {}, neither],
  ];
  for (const [claim, person, change, expected] of table) {
    assertEquals(hearingInMeeting(person, { ...words, ...change }), expected, claim);
  }
});

Deno.test("meeting_listeners: letters of every script bound a word", () => {
  const person: Person = {
    name: "Ann",
    displayName: "Анна",
    delivery: { streams: true, meetings: "targeted" },
  };
  const hears = (text: string) => hearingInMeeting(person, { text, targets: [], isMember: true }).hears;
  assertEquals([hears("Анна, привет"), hears("Жанна"), hears("𝐀Анна"), hears("annual"), hears("ann_x")], [
    true,
    false,
    false,
    false,
    false,
  ]);
});
