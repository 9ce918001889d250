import { assertEquals, assertThrows } from "@std/assert";
import { type Entry, foldEntries } from "../../src/engine/mod.ts";
import { play, type Played } from "../support/harness.ts";

// Entries of meetings: their fold, and the refusal of forged ones.

const program = `# Host
\`\`\`ts
/** @trigger At the beginning */
export async function Main() {
  await Say("user", String(await Talk({ attendees: ["Guest", "Odd", "user"] })));
}
/**
 * @meeting
 * @optional_attendees Odd
 */
export async function Talk() {
  meeting.sharedState.list = [1];
  await Say("meeting", "hello");
  await WaitForMessage("meeting");
  await InviteToMeeting("meeting", ["Late"]);
  await WaitForMessage("meeting");
  return meeting.sharedState.list.length;
}
\`\`\`
# Guest
\`\`\`ts
/** @meeting */
export async function Talk() {
  await WaitForMessage("meeting");
  meeting.sharedState.list.push(2);
  await Say("meeting", "hi");
  while (!meeting.hasEnded) await WaitForMessage("meeting");
}
\`\`\`
# Late
\`\`\`ts
/** @meeting */
export async function Talk() {
  const said = (await WaitForMessage("meeting")).map(({ text }) => text);
  meeting.sharedState.list.push(...said);
  await Say("meeting", "late");
}
\`\`\`
# Odd
\`\`\`ts
export async function Other() {}
\`\`\`
`;

let played: Promise<Played> | undefined;

function entriesOf(): Promise<readonly Entry[]> {
  return (played ??= play(program)).then(({ entries }) => entries);
}

Deno.test("meetings: a late joiner's code gets all earlier words, and an optional refusal stops nothing", async () => {
  const { said, result } = await (played ??= play(program));
  assertEquals(said, ["(to meeting 100) hello", "(to meeting 100) hi", "(to meeting 100) late", "4"]);
  assertEquals(result, { kind: "completed" });
});

Deno.test("meetings: at each entry the fold from the start gives the state of the run", async () => {
  const entries = await entriesOf();
  const whole = foldEntries(undefined, entries);
  assertEquals(whole.meetings, undefined);
  assertEquals(whole.next.meeting, 101);
  const open = entries.findIndex(({ type }) => type === "meeting");
  for (let end = open + 1; end < entries.length - 1; end++) {
    const { meetings } = foldEntries(undefined, structuredClone(entries.slice(0, end)));
    const resumed = foldEntries(
      foldEntries(undefined, structuredClone(entries.slice(0, open))),
      structuredClone(entries.slice(open, end)),
    );
    assertEquals(resumed.meetings, meetings, `at ${end}`);
  }
});

Deno.test("meetings: forged and impossible entries are refused", async () => {
  const entries = await entriesOf();
  const call = entries.findIndex((entry) => entry.type === "call" && entry.meeting !== undefined);
  const join = entries.findIndex((entry) => entry.type === "thread" && entry.kind === "meeting");
  const refusal = entries.findIndex((entry) => entry.type === "meeting" && entry.refused !== undefined);
  const opening = entries.findIndex((entry) => entry.type === "meeting" && !entry.refused);
  const said = entries.findIndex((entry) => entry.type === "effect" && entry.did?.kind === "sent");
  const invited = entries.findIndex((entry) => entry.type === "effect" && entry.did?.kind === "invited");
  const news = { kind: "left", who: "1001" };
  const forgeries: readonly (readonly [string, number, (entry: Loose) => object])[] = [
    ["a meeting out of turn", call, (entry) => ({ ...entry, meeting: { ...entry["meeting"], id: "105" } })],
    [
      "a callee of another meeting",
      call,
      (entry) => ({ ...entry, callee: { ...entry["callee"], meeting: "7" } }),
    ],
    [
      "a deadline that is no time",
      call,
      (entry) => ({ ...entry, meeting: { ...entry["meeting"], deadline: "x" } }),
    ],
    ["an unknown attendee", call, (entry) => ({
      ...entry,
      meeting: { ...entry["meeting"], attendees: [{ name: "1999" }] },
    })],
    ["a person without a name", call, (entry) => ({
      ...entry,
      meeting: { ...entry["meeting"], attendees: [{ name: "", isPerson: true }] },
    })],
    ["a thread that joins no meeting", join, (entry) => ({ ...entry, kind: "begin" })],
    ["a thread of an agent that was not invited", join, (entry) => ({
      ...entry,
      frame: { ...entry["frame"], agent: "1000" },
    })],
    ["a refusal of an agent that was not invited", refusal, (entry) => ({
      ...entry,
      refused: { agent: "1000", why: "busy" },
    })],
    ["an opening of a meeting that does not exist", opening, (entry) => ({ ...entry, meeting: "101" })],
    ["a second opening", opening + 1, () => ({ type: "meeting", at: entries[opening]!.at, meeting: "100" })],
    ["words to a meeting that does not exist", said, (entry) => ({
      ...entry,
      did: { ...entry["did"], message: { ...entry["did"].message, meeting: "101", to: "meeting 101" } },
    })],
    ["words of a meeting to an agent", said, (entry) => ({
      ...entry,
      did: { ...entry["did"], message: { ...entry["did"].message, to: "1001" } },
    })],
    ["news in an entry", said, (entry) => ({
      ...entry,
      did: { ...entry["did"], message: { ...entry["did"].message, news } },
    })],
    ["an invitation to a meeting that does not exist", invited, (entry) => ({
      ...entry,
      did: { ...entry["did"], meeting: "101" },
    })],
  ];
  for (const [claim, index, forge] of forgeries) {
    const forged = structuredClone(entries.slice(0, index + 1)) as Loose[];
    forged[index] = forge(forged[index]!) as Loose;
    assertThrows(() => foldEntries(undefined, forged), TypeError, undefined, claim);
  }
});

// deno-lint-ignore no-explicit-any
type Loose = Record<string, any>;
