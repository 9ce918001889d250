import { assert, assertEquals } from "@std/assert";
import { recover } from "../../src/store/file/recover.ts";
import { ScopeImages } from "../../src/engine/turn/images.ts";
import { play, type PlayOptions } from "../support/harness.ts";
import { scriptedModel } from "../support/scripted_model.ts";
import { SimulatedDisk } from "../support/simulated_disk.ts";
import { snapshotHome } from "../support/snapshot_home.ts";
import { testSeal } from "../support/test_seal.ts";

const program = (end: string) =>
  `# Solo

## Main
### Triggers
- At the beginning
### Steps
- Work

\`\`\`js
export async function Work() {
  let words = "";
  for (let n = 0; n < 4; n++) words += await Yield("user");
  await Sleep(1);
  return words + "${end}";
}
\`\`\`
`;

const model = scriptedModel({ Main: ['await Say("user", await Work()); Return();'] });

/** Places for images that nobody has been in. */
function emptyImages(): ScopeImages {
  const disk = new SimulatedDisk();
  const { journal } = recover(disk, "/s/one", { session: "one", sync: "always" });
  return new ScopeImages(snapshotHome(disk, journal), { seal: testSeal("mine") });
}

/** Plays to the end; gives the entries up to the last wait of the code, in whose ledger the image is. */
async function stopped(text: string, options: PlayOptions) {
  const whole = await play(text, { model, resultsPerImage: 3, ...options });
  assertEquals(whole.result, { kind: "completed" });
  const sleep = whole.entries.findIndex((entry) => entry.type === "start" && entry.wait.kind === "sleep");
  const frame = whole.entries.find((entry) => entry.type === "call")!.callee.id;
  return { entries: whole.entries.slice(0, sleep + 1), frame };
}

Deno.test("images: code goes on from an image of it, and says the same", async () => {
  const images = emptyImages();
  const { entries, frame } = await stopped(program("."), { images, replies: ["a", "b", "c", "d"] });
  assert(images.read(frame), "an image was kept");
  const resumed = await play(program("."), { model, from: entries, images, resultsPerImage: 3 });
  assertEquals(resumed.said, ["abcd."]);
});

Deno.test("images: one of the old text is not used after an edit", async () => {
  const images = emptyImages();
  const { entries } = await stopped(program("."), { images, replies: ["a", "b", "c", "d"] });
  const resumed = await play(program("!"), { model, from: entries, images, resultsPerImage: 3 });
  assertEquals(resumed.said, ["abcd!"]);
});

Deno.test("images: one of another history, whose results stand elsewhere in the journal, is not used", async () => {
  const images = emptyImages();
  const text = program(".");
  await stopped(text, { images, replies: ["a", "b", "c", "d"] });
  const longer = scriptedModel({
    Main: ['await Say("user", "first"); await Say("user", await Work()); Return();'],
  });
  const { entries, frame } = await stopped(text, { model: longer, replies: ["w", "x", "y", "z"] });
  const image = images.read(frame);
  assert(image);
  // As if it were of this turn: only the place of its last result tells them apart.
  const begun = entries.findIndex((entry) => entry.type === "call") + 1;
  images.keep(frame, { bytes: image.bytes, about: { ...image.about, begun } });
  const resumed = await play(text, { model: longer, from: entries, images, resultsPerImage: 3 });
  assertEquals(resumed.said, ["wxyz."]);
});
