import { assert, assertEquals } from "@std/assert";
import type { Entry } from "../../src/engine/mod.ts";
import { defaultSettings, play, type Played } from "../support/harness.ts";
import { scriptedModel } from "../support/scripted_model.ts";

const order = (goods: string) =>
  `# Solo

\`\`\`ts
/** @trigger At the beginning */
export async function Begin() {
  await fetch("https://shop.example/sent", { method: "POST", body: "first" });
  await fetch("https://shop.example/sent", { method: "POST", body: "${goods}" });
  await Sleep(1);
  await fetch("https://shop.example/sent", { method: "POST", body: "last" });
}
\`\`\`
`;

/** Plays, and gives the key of each request by its body too. */
async function sent(
  text: string,
  from?: readonly Entry[],
): Promise<{ readonly played: Played; readonly requests: readonly (readonly [string, string])[] }> {
  const requests: (readonly [string, string])[] = [];
  const played = await play(text, {
    model: scriptedModel({}),
    settings: {
      ...defaultSettings,
      permissions: { ...defaultSettings.permissions, net: ["shop.example"] },
    },
    fetch: (async (_url: URL, init: RequestInit) => {
      requests.push([
        await new Response(init.body).text(),
        new Headers(init.headers).get("Idempotency-Key") ?? "",
      ]);
      return new Response("thanks");
    }) as typeof fetch,
    ...(from ? { from, redo: true } : {}),
  });
  return { played, requests };
}

/** The entries up to the one that begins the wait. */
function stoppedAtSleep(entries: readonly Entry[]): Entry[] {
  const end = entries.findLastIndex((entry) => entry.type === "start" && entry.wait.kind === "sleep");
  assert(end > 0);
  return entries.slice(0, end + 1);
}

Deno.test("redo: a request that is sent again with another body has another key, at each redo", async () => {
  const first = await sent(order("apples"));
  const second = await sent(order("pears"), stoppedAtSleep(first.played.entries));
  const third = await sent(order("plums"), stoppedAtSleep(second.played.entries));
  assertEquals(first.requests.map(([body]) => body), ["first", "apples", "last"]);
  assertEquals(second.requests.map(([body]) => body), ["pears", "last"]);
  assertEquals(third.requests.map(([body]) => body), ["plums", "last"]);
  const keys = [first, second, third].flatMap(({ requests }) => requests.map(([, key]) => key));
  assert(keys.every((key) => key !== ""));
  assertEquals(new Set(keys).size, keys.length);
});

Deno.test("redo: a request of a redone turn that has no result is retried with its own key", async () => {
  const first = await sent(order("apples"));
  const second = await sent(order("pears"), stoppedAtSleep(first.played.entries));
  const started = second.played.entries.findLastIndex((entry) =>
    entry.type === "start" && entry.wait.kind === "outside" && JSON.stringify(entry.asked).includes("pears")
  );
  assert(started > 0);
  const keys: string[] = [];
  await play(order("pears"), {
    model: scriptedModel({}),
    settings: {
      ...defaultSettings,
      durability: { ...defaultSettings.durability, uncertain: "retry" },
      permissions: { ...defaultSettings.permissions, net: ["shop.example"] },
    },
    fetch: ((_url: URL, init: RequestInit) => {
      keys.push(new Headers(init.headers).get("Idempotency-Key") ?? "");
      return Promise.resolve(new Response("thanks"));
    }) as typeof fetch,
    from: second.played.entries.slice(0, started + 1),
  });
  assertEquals(keys[0], second.requests[0]![1]);
});
