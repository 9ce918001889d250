import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { play } from "../support/harness.ts";
import { messageOf, playWithKills } from "../support/kills.ts";
import { scriptedModel } from "../support/scripted_model.ts";

const program = `# Helper

## Main($topic = "insects")
### Triggers
- At the beginning
### Steps
- Do it

## Lookup($key)
Looks up {$key}.
### Steps
- Return something about $key

## Deep($key)
### Steps
- Return what Lookup finds
`;

const all = 'state.found = await Promise.all(["bees", "ants", "wasps"].map((key) => Lookup(key)));';

Deno.test("parameters: parallel calls of a playbook read their own arguments in state, also after a kill anywhere", async () => {
  const played = await playWithKills(program, {
    model: scriptedModel({
      Main: [all, 'await Say("user", state.found.join(" ")); Return();'],
      Lookup: ["await Sleep(1); const seen = state.key;", "Return(`${seen} ${state.key} ${key}`);"],
    }),
  });
  assertEquals(played.said, ["bees bees bees ants ants ants wasps wasps wasps"]);
});

Deno.test("parameters: the prompt shows a frame's parameters as arguments, and not in its state", async () => {
  const played = await play(program, {
    model: scriptedModel({ Main: [all, "Return();"], Lookup: ["await Sleep(1);", "Return(key);"] }),
  });
  const lookups = played.requests.map(({ messages }) => messages.at(-1)!.text)
    .filter((text) => text.includes("of Lookup"));
  assertEquals(lookups.length, 6);
  for (const [index, key] of ["bees", "ants", "wasps"].entries()) {
    assertStringIncludes(lookups[index]!, `Arguments: {"key":"${key}"}\nState: {"topic":"insects"}`);
    assertStringIncludes(lookups[index]!, `Looks up ${key}.`);
  }
  for (const later of lookups.slice(3)) assert(!later.includes("bees") && !later.includes("wasps"), later);
});

Deno.test("parameters: after the frame's code writes a parameter, it is a shared variable", async () => {
  const played = await play(program, {
    model: scriptedModel({
      Main: ['await Lookup("bees");', 'await Say("user", state.key); Return();'],
      Lookup: [
        'state.key += " and flies"; state.list = 1; await Sleep(1);',
        'await Say("user", state.key + ", " + key); Return();',
      ],
    }),
  });
  assertEquals(played.said, ["bees and flies, bees", "bees and flies"]);
  assertStringIncludes(messageOf(played, "turn 2 of Lookup"), '"key":"bees and flies"');
});

Deno.test("parameters: items added to a list argument follow that list, not the list of another call", async () => {
  const played = await playWithKills(program, {
    model: scriptedModel({
      Main: [
        'await Promise.all([Lookup(["a"]), Lookup(["b"])]);',
        "Return();",
      ],
      Lookup: [
        "const first = key[0]; if (first === 'b') await Sleep(5); else await Sleep(1); state.key.push(first + '2');",
        'await Say("user", state.key.join()); Return();',
      ],
    }),
  });
  assertEquals(played.said, ["a,a2", "b,b2"]);
});

Deno.test("parameters: a missing parameter takes the caller's own argument, also in parallel", async () => {
  const played = await play(program, {
    model: scriptedModel({
      Main: [
        'const found = await Promise.all(["bees", "ants"].map((key) => Deep(key))); await Say("user", found.join()); Return();',
      ],
      Deep: ["await Sleep(1); Return(await Lookup());"],
      Lookup: ["Return(key);"],
    }),
  });
  assertEquals(played.said, ["bees,ants"]);
});

Deno.test("parameters: a recursive call leaves the caller's argument as it was", async () => {
  const played = await play(program, {
    model: scriptedModel({
      Main: ['await Say("user", await Lookup(3)); Return();'],
      Lookup: [
        "const rest = state.key > 1 ? await Lookup(state.key - 1) : ''; Return(`${state.key}${rest}`);",
      ],
    }),
  });
  assertEquals(played.said, ["321"]);
});

Deno.test("parameters: after the calls, the caller reads the last argument in state", async () => {
  const played = await play(program, {
    model: scriptedModel({
      Main: [
        'await Lookup("bees"); await Lookup("ants"); await Say("user", `${state.key} ${state.topic}`); Return();',
      ],
      Lookup: ["Return();"],
    }),
  });
  assertEquals(played.said, ["ants insects"]);
});
