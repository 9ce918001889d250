import { assert, assertEquals } from "@std/assert";
import { batchDue } from "../../src/engine/inbox.ts";
import { messagesValue } from "../../src/engine/wait_results.ts";
import { hearingInMeeting } from "../../src/engine/meeting_listeners.ts";
import { parseProgram, peopleOf, type Program } from "../../src/language/mod.ts";
import { play } from "../support/harness.ts";
import { scriptedModel } from "../support/scripted_model.ts";

const host = "# Host\n## Main\n### Triggers\n- At the beginning\n### Steps\n- Talk\n";

async function read(text: string): Promise<{ program: Program; errors: readonly string[] }> {
  const { program, problems } = await parseProgram([{ path: "a.pb", text }]);
  return {
    program,
    errors: problems.filter(({ severity }) => severity === "error").map(({ message }) => message),
  };
}

Deno.test("case 52: the default person exists only when none is declared; ids are unique; preferences hold", async () => {
  assertEquals(peopleOf((await read(host)).program).map(({ name }) => name), ["user"]);
  const text = `${host}
# Alice:Human
metadata:
  name: Alice A.
  delivery_channel: streaming
  streaming_enabled: false
  meeting_notifications: all

# Bob:Human
delivery_channel: buffered
streaming_enabled: true
buffer_timeout: 2.5
`;
  const { program, errors } = await read(text);
  assertEquals(errors, []);
  assertEquals(
    peopleOf(program).map(({ name, displayName, delivery }) => ({ name, displayName, ...delivery })),
    [
      { name: "Alice", displayName: "Alice A.", streams: true, meetings: "all" },
      { name: "Bob", displayName: "Bob", streams: false, bufferMs: 2500, meetings: "targeted" },
    ],
  );
  const { state } = await play(text, { model: scriptedModel({ Main: ["Return();"] }) });
  assertEquals(Object.values(state.agents).map(({ id, klass }) => `${klass} ${id}`), [
    "Host 1000",
    "Alice 1001",
    "Bob 1002",
  ]);
  for (const line of ["delivery_channel: pigeon", "buffer_timeout: -1", "meeting_notifications: often"]) {
    assertEquals(
      (await read(`${host}# Bob:Human\ndelivery_channel: buffered\n${line}\n`)).errors.length,
      1,
      line,
    );
  }
});

Deno.test("case 53: who hears words of a meeting, by the preference, the targets and the text", async () => {
  const person = async (...lines: readonly string[]) => {
    const { program } = await read(`${host}# Alice:Human\nname: Alice A.\n${lines.join("\n")}\n`);
    return { ...peopleOf(program)[0]!, id: "1001" };
  };
  const targeted = await person();
  const all = await person("meeting_notifications: all");
  const none = await person("meeting_notifications: none");
  const silent = await person("meeting_notifications: all", "streaming_enabled: false");
  const words = { text: "Let us begin.", targets: [] as readonly string[], isMember: true };
  const table = [
    ["all", all, {}, [true, true]],
    ["none", none, { targets: ["1001"], text: "Alice?" }, [false, false]],
    ["targeted by id", targeted, { targets: ["1001"] }, [true, true]],
    ["targeted by display name", targeted, { text: "And alice a., what do you say?" }, [true, true]],
    ["targeted by class", targeted, { text: "ALICE, please" }, [true, true]],
    ["not targeted", targeted, {}, [false, false]],
    ["not a member", all, { isMember: false }, [false, false]],
    ["streaming off", silent, {}, [true, false]],
  ] as const;
  for (const [claim, who, change, expected] of table) {
    const { hears, previews } = hearingInMeeting(who, { ...words, ...change });
    assertEquals([hears, previews], [...expected], claim);
  }
});

Deno.test("case 38: a person's message is delivered at once, with all that came before it in its order", async () => {
  const waiting = await play(`${host}\n# Ann:Human\n`, {
    model: scriptedModel({ Main: ['await Say("Ann", await Yield("Ann")); Return();'] }),
    replies: ["now"],
  });
  assertEquals(waiting.said, ["(to Ann) now"]);
  const { messageBatchTimeout } = waiting.state.settings.limits;
  assert(waiting.tookMs < messageBatchTimeout * 1000, `${waiting.tookMs} ms`);
  const message = (from: string, text: string) => ({
    id: text,
    from,
    fromKlass: from,
    to: "1000",
    text,
    at: 5000,
  });
  const batch = [message("1001", "one"), message("1001", "two")];
  assertEquals(batchDue(waiting.state, batch), 5000 + messageBatchTimeout * 1000);
  const withPerson = [...batch, message("Ann", "mine")];
  assertEquals(batchDue(waiting.state, withPerson), 0);
  assertEquals(
    messagesValue(waiting.state, { as: "yield", agent: "1000", messages: withPerson }),
    "1001: one\n1001: two\nAnn: mine",
  );
});

Deno.test("case 40: words go both ways between an agent and a person, and nobody hears their own", async () => {
  const played = await play(`${host}\n# Ann:Human\n`, {
    model: scriptedModel({
      Main: [
        'await Say("Ann", "one"); const first = await Yield("Ann"); await Say("Ann", "two " + first); const second = await Yield("Ann"); await Say("Ann", second); Return();',
      ],
    }),
    replies: ["a", "b"],
  });
  assertEquals(played.said, ["(to Ann) one", "(to Ann) two a", "(to Ann) b"]);
  const { agents } = played.state;
  assertEquals(Object.values(agents).flatMap(({ inbox }) => inbox), []);
});
