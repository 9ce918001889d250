import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { permits } from "../../src/net/mod.ts";
import type { Entry } from "../../src/engine/mod.ts";
import { defaultSettings, play, type PlayOptions } from "../support/harness.ts";
import { scriptedModel } from "../support/scripted_model.ts";

const shop = (method: string) =>
  `# Shop

\`\`\`ts
export async function Order(): Promise<string> {
  const answer = await fetch("https://shop.example/orders", { method: "${method}", body: ${
    method === "GET" ? "undefined" : '"pen"'
  } });
  return answer.status + " " + await answer.text();
}
\`\`\`

## Main
### Triggers
- At the beginning
### Steps
- Order
`;

const model = scriptedModel({
  Main: [
    'try { await Say("user", await Order()); } catch (error) { await Say("user", error.name + ": " + error.message); } Return();',
  ],
});
const permitted = {
  ...defaultSettings,
  permissions: { ...defaultSettings.permissions, net: ["shop.example"] },
};

function withUncertain(uncertain: "ask" | "retry" | "fail" | "skip"): typeof permitted {
  return { ...permitted, durability: { ...permitted.durability, uncertain } };
}

/** A shop that counts its requests. */
function counting() {
  const seen: { method: string; key: string | null }[] = [];
  const answer = ((_url: URL, init: RequestInit) => {
    seen.push({ method: init.method!, key: new Headers(init.headers).get("Idempotency-Key") });
    return Promise.resolve(new Response("thanks", { status: 201 }));
  }) as typeof fetch;
  return { seen, fetch: answer };
}

/** The entries up to the start of the request, without its result. */
async function inFlight(method: string): Promise<{ entries: Entry[]; key: string | null }> {
  const { fetch, seen } = counting();
  const whole = await play(shop(method), { model, settings: permitted, fetch });
  assertEquals(whole.said, ["201 thanks"]);
  const start = whole.entries.findIndex((entry) => entry.type === "start");
  return { entries: whole.entries.slice(0, start + 1), key: seen[0]!.key };
}

async function resume(method: string, options: PlayOptions) {
  const { entries, key } = await inFlight(method);
  const { fetch, seen } = counting();
  const played = await play(shop(method), { model, fetch, from: entries, ...options });
  return { played, seen, key };
}

Deno.test("outside: a host without a permission is not reached, and the error says how to permit it", async () => {
  const { fetch, seen } = counting();
  const played = await play(shop("GET"), { model, fetch });
  assertEquals(seen, []);
  assertStringIncludes(played.said[0]!, 'add "shop.example:443" to net under [permissions]');
});

Deno.test("outside: an uncertain GET is repeated automatically", async () => {
  const { played, seen } = await resume("GET", { settings: permitted });
  assertEquals(played.said, ["201 thanks"]);
  assertEquals(seen.length, 1);
});

Deno.test('outside: with the policy "fail" an uncertain POST stops the session before any work', async () => {
  const { played, seen } = await resume("POST", { settings: withUncertain("fail") });
  assert(played.result.kind === "uncertain");
  assertEquals(played.result.effect.what, "POST https://shop.example/orders");
  assertEquals(seen, []);
});

Deno.test("outside: a retried POST carries the same idempotency key", async () => {
  const { played, seen, key } = await resume("POST", { settings: withUncertain("retry") });
  assertEquals(played.said, ["201 thanks"]);
  assert(key);
  assertEquals(seen, [{ method: "POST", key }]);
});

Deno.test("outside: a skipped POST is an error that the code can handle", async () => {
  const { played, seen } = await resume("POST", { settings: withUncertain("skip") });
  assertEquals(seen, []);
  assertStringIncludes(played.said[0]!, "UncertainEffectError: POST https://shop.example/orders was begun");
});

Deno.test('outside: with the policy "ask" a person decides', async () => {
  const { played, seen } = await resume("POST", {
    settings: withUncertain("ask"),
    decide: (effect) => {
      assertEquals(effect.playbook, "Order");
      return Promise.resolve("retry");
    },
  });
  assertEquals(seen.length, 1);
  assertEquals(played.said, ["201 thanks"]);
});

const givenResults: (readonly [result: unknown, said: string])[] = [
  ["thanks", "200 thanks"],
  ["", "200 "],
  [null, "200 null"],
  [{ order: 7 }, '200 {"order":7}'],
  [{ status: 404, message: "gone" }, '200 {"status":404,"message":"gone"}'],
  [{ status: 201, body: "made" }, "201 made"],
  [{ status: 201, body: "made", headers: 5, statusText: {}, url: [] }, "201 made"],
  [{ status: 201, body: "made", $type: "map", entries: [] }, "201 made"],
  [{ status: 201, body: "made", headers: { $type: "date", a: "b", n: 1 } }, "201 made"],
  [{ status: 0.5, body: "made" }, '200 {"status":0.5,"body":"made"}'],
  [{ status: 1e9, body: "made" }, '200 {"status":1000000000,"body":"made"}'],
  [[1, "a"], '200 [1,"a"]'],
  [{ $type: "date", value: 1 }, '200 {"$type":"date","value":1}'],
];

/** The deepest value that the front ends take. */
const deepest = "[".repeat(100) + "]".repeat(100);
givenResults.push([JSON.parse(deepest), `200 ${deepest}`]);

for (const [result, said] of givenResults) {
  Deno.test(`outside: a person who knows that it was done gives the result ${JSON.stringify(result)}, and nothing is sent`, async () => {
    const { played, seen } = await resume("POST", {
      settings: withUncertain("ask"),
      decide: () => Promise.resolve({ result }),
    });
    assertEquals([seen, played.said, played.result], [[], [said], { kind: "completed" }]);
    const given = played.entries.findIndex((entry) => entry.type === "effect" && entry.did?.kind === "given");
    assert(given >= 0);
    // A later resume has the result from the journal, and asks nobody.
    const from = played.entries.slice(0, given + 1);
    const again = await play(shop("POST"), { model, settings: withUncertain("fail"), from });
    assertEquals([again.said, again.result], [[said], { kind: "completed" }]);
  });
}

Deno.test("outside: permissions added since the session began have no effect until they are confirmed", async () => {
  const first = await play(shop("GET"), { model, fetch: counting().fetch });
  const start = first.entries.findIndex((entry) => entry.type === "turn");
  const { fetch, seen } = counting();
  const again = await play(shop("GET"), {
    model,
    settings: permitted,
    fetch,
    from: first.entries.slice(0, start + 1),
  });
  assertEquals(seen, []);
  assertStringIncludes(again.said[0]!, "not permitted");
});

Deno.test("outside: a host is permitted by its whole name, with the port if the permission names one", () => {
  const url = new URL("https://shop.example/orders");
  for (
    const hosts of [["shop.example"], ["SHOP.example"], ["shop.example:443"], ["a.example", "shop.example"]]
  ) {
    assertEquals(permits(hosts, url), undefined, `${hosts}`);
  }
  for (const hosts of [[], ["shop"], ["shop.exam"], ["example"], ["shop.example:80"], ["eshop.example"]]) {
    assert(permits(hosts, url) !== undefined, `${hosts}`);
  }
});

Deno.test("outside: a method that the standard forbids is an ordinary error, and no request leaves", async () => {
  for (const method of ["TRACE", "CONNECT", "track"]) {
    const { fetch, seen } = counting();
    const { said } = await play(shop(method), { model, settings: permitted, fetch });
    assertEquals([said, seen], [[`TypeError: fetch has no method ${method.toUpperCase()} (test.pb:5)`], []]);
  }
});
