import { assert, assertEquals } from "@std/assert";
import { defaultSettings, play } from "../support/harness.ts";
import { scriptedModel } from "../support/scripted_model.ts";

const pair = `# A

## Main
### Triggers
- At the beginning
### Steps
- Begin

# B

## Main
### Triggers
- At the beginning
### Steps
- Begin
`;

Deno.test("restore: an effect that a replay requests for the first time is sent once and is not uncertain", async () => {
  let posts = 0;
  const options = {
    settings: { ...defaultSettings, permissions: { ...defaultSettings.permissions, net: ["shop"] } },
    fetch: (() => {
      posts++;
      return Promise.resolve(new Response("x"));
    }) as typeof fetch,
    model: scriptedModel({
      "A.Main": [
        "await Say('user', 'a'); await fetch('http://shop/', { method: 'POST' }); await Say('user', 'b'); Return();",
      ],
      "B.Main": ["Return()"],
    }),
  };
  const whole = await play(pair, options);
  const begun = whole.entries.findIndex((entry) => entry.type === "start");
  for (let position = 2; position <= begun; position++) {
    posts = 0;
    const resumed = await play(pair, { ...options, from: whole.entries.slice(0, position) });
    assertEquals(resumed.result, { kind: "completed" }, `resumed at ${position}`);
    assertEquals(posts, 1, `resumed at ${position}`);
  }
});

Deno.test("restore: a begin playbook is not lost if only the first entry of the agents survived", async () => {
  const options = {
    model: scriptedModel({
      "A.Main": ["await Say('user', 'a'); Return()"],
      "B.Main": ["await Say('user', 'b'); Return()"],
    }),
  };
  const whole = await play(pair, options);
  const first = whole.entries.findIndex((entry) => entry.type === "agent") + 1;
  assertEquals(whole.entries[first]?.type, "agent");
  const resumed = await play(pair, { ...options, from: whole.entries.slice(0, first) });
  assertEquals(resumed.said, ["a", "b"]);
});

Deno.test("restore: a replay that ends the program does not run the frames after it", async () => {
  const options = {
    model: scriptedModel({
      "A.Main": ["await Say('user', 'a'); EndProgram()"],
      "B.Main": ["await Say('user', 'b'); await Say('user', 'c'); Return();"],
    }),
  };
  const whole = await play(pair, options);
  for (let position = 2; position <= whole.entries.length; position++) {
    const resumed = await play(pair, { ...options, from: whole.entries.slice(0, position) });
    assertEquals(resumed.result, { kind: "completed" }, `resumed at ${position}`);
  }
});

Deno.test("restore: a session does not sleep longer if the clock is set back", async () => {
  const start = 1_700_000_000_000;
  let elapsedMs = 0;
  const played = await play(pair, {
    model: scriptedModel({
      "A.Main": ["await Sleep(5); await Say('user', 'a'); await Sleep(5); await Say('user', 'b'); Return();"],
      "B.Main": ["Return()"],
    }),
    clock: (now) => {
      elapsedMs = now - start;
      return elapsedMs < 5_000 ? now : now - 3_600_000;
    },
  });
  assertEquals(played.said, ["a", "b"]);
  // The first sleep starts again, because its elapsed time is unknown after the clock was set back.
  assert(elapsedMs <= 20_000, `ten seconds took ${elapsedMs} ms`);
});
