import { assert, assertEquals } from "@std/assert";
import type { ModelRequest, PromptMessage } from "../../src/model/mod.ts";
import { ProviderServer } from "../support/provider_server.ts";
import { ask, dialects } from "./asking.ts";

const smile = "\u{1f600}";
const [high, low] = [smile[0]!, smile[1]!];

/** Messages that providers refuse. */
const refused: Readonly<Record<string, readonly PromptMessage[]>> = {
  "the first half of a character at the end": [{ role: "user", text: `cut ${high}` }],
  "the second half at the start": [{ role: "user", text: `${low} cut` }],
  "halves in the wrong order": [{ role: "user", text: `${low}${high}` }],
  "half a character of an answer": [
    { role: "user", text: "a" },
    { role: "assistant", text: `Say("${high}")` },
    { role: "user", text: "b" },
  ],
  "halves that would join across messages": [
    { role: "user", text: `a${high}` },
    { role: "assistant", text: "" },
    { role: "user", text: `${low}b` },
  ],
  "an empty answer": [
    { role: "user", text: "a" },
    { role: "assistant", text: "" },
    { role: "user", text: "b" },
  ],
  "an answer of blanks, and one of other spaces": [
    { role: "user", text: "a" },
    { role: "assistant", text: " \n\t" },
    { role: "user", text: "b" },
    { role: "assistant", text: "\u00a0\u3000\ufeff" },
    { role: "user", text: "c" },
  ],
  "a blank message of a person": [
    { role: "user", text: "a" },
    { role: "assistant", text: "Return();" },
    { role: "user", text: " " },
    { role: "assistant", text: "Return();" },
    { role: "user", text: "b" },
  ],
};

Deno.test("prompt border: no request holds half a character, a blank text or two messages of one role in a row", async (t) => {
  for (const dialect of dialects) {
    for (const [claim, messages] of Object.entries(refused)) {
      for (const answer of ["code", "text"] as const) {
        await t.step(`${dialect.provider}: ${claim}, ${answer}`, async () => {
          await using server = new ProviderServer([{ kind: "answer", words: ["Return();"] }], { dialect });
          const request: ModelRequest = { answer, system: `Rules ${high}.`, messages };
          assertEquals((await ask(server, { request })).events.at(-1)?.type, "completed");
          const texts = textsIn(server.requests[0]!.body);
          assert(texts.length > 1);
          for (const text of texts) assert(text.isWellFormed() && text.trim() !== "", JSON.stringify(texts));
          const roles = rolesIn(server.requests[0]!.body);
          assert(roles.every((role, index) => index === 0 || role !== roles[index - 1]), roles.join());
          assertEquals(roles.at(-1), "user");
        });
      }
    }
  }
});

Deno.test("prompt border: whole characters and all words stay", async () => {
  await using server = new ProviderServer([{ kind: "answer", words: ["Return();"] }]);
  const messages = [
    { role: "user" as const, text: `a ${smile}` },
    { role: "assistant" as const, text: "\n" },
    { role: "user" as const, text: " b " },
  ];
  await ask(server, { request: { answer: "code", system: smile, messages } });
  assertEquals(textsIn(server.requests[0]!.body), [smile, `a ${smile}\n\n b `]);
});

/** All texts of the messages in a request of any protocol. */
function textsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(textsIn);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    typeof inner === "string" ? ["text", "content", "system"].includes(name) ? [inner] : [] : textsIn(inner)
  );
}

function rolesIn(body: Readonly<Record<string, unknown>>): string[] {
  const list = body["messages"] ?? body["input"] ?? body["contents"];
  return (list as { readonly role: string }[]).map(({ role }) => role);
}
