import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { checkAddress } from "../../src/net/mod.ts";
import { defaultSettings, play, type Played } from "../support/harness.ts";
import { folderWith } from "../support/playbooks_process.ts";
import { RawServer, redirect, response } from "../support/raw_server.ts";

/** Fetches in code under `net`; `names` gives the addresses of each name. */
async function fetchUnder(
  net: readonly string[],
  address: string,
  options: { readonly names?: Readonly<Record<string, readonly string[]>>; readonly fetch?: typeof fetch } =
    {},
): Promise<Played> {
  const program = `# A

\`\`\`ts
/** @trigger At the beginning */
export async function Main() {
  try {
    const answer = await fetch(${JSON.stringify(address)});
    await Say("user", answer.status + " " + await answer.text());
  } catch (error) {
    await Say("user", error.name + ": " + error.message);
  }
}
\`\`\`
`;
  const { permissions } = defaultSettings;
  return await play(program, {
    fetch: options.fetch ?? fetch,
    settings: { ...defaultSettings, permissions: { ...permissions, net } },
    lookup: (name) => Promise.resolve(options.names?.[name] ?? []),
  });
}

/** Hosts on this machine or in its network, in every notation. */
const local = [
  "localhost",
  "LOCALHOST",
  "localhost.",
  "api.localhost",
  "a.b.localhost.",
  "127.0.0.1",
  "127.0.0.1.",
  "127.1",
  "2130706433",
  "0x7f000001",
  "0x7f.1",
  "0177.0.0.1",
  "017700000001",
  "127.255.255.254",
  "0.0.0.0",
  "0",
  "10.0.0.1",
  "172.16.0.1",
  "172.31.255.255",
  "192.168.1.1",
  "3232235777",
  "169.254.169.254",
  "2852039166",
  "100.64.0.1",
  "100.100.100.200",
  "192.0.0.192",
  "198.18.0.1",
  "168.63.129.16",
  "224.0.0.1",
  "255.255.255.255",
  "[::1]",
  "[::]",
  "[0:0:0:0:0:0:0:1]",
  "[::ffff:127.0.0.1]",
  "[::ffff:7f00:1]",
  "[::ffff:10.0.0.1]",
  "[::127.0.0.1]",
  "[fe80::1]",
  "[fec0::1]",
  "[fc00::1]",
  "[fd00:ec2::254]",
  "[ff02::1]",
  "[2001:db8::1]",
  "[3fff::1]",
  "[2002:7f00:1::]",
  "[64:ff9b::127.0.0.1]",
  "[64:ff9b::a9fe:a9fe]",
  "[64:ff9b:1::1]",
  "%6c%6f%63alhost",
  "①②⑦.0.0.1",
];

for (const host of local) {
  Deno.test(`network: "*" does not permit ${host}`, async () => {
    await using server = new RawServer((_, answer) => answer.write(response("secret")));
    const { said } = await fetchUnder(["*"], `http://${host}:${server.port}/`);
    assertMatch(
      said[0]!,
      /^PermissionError: Reaching \S+ is not permitted: "\*" in net means public addresses/,
    );
    assertEquals(server.requests.length, 0);
  });
}

const publicHosts = [
  "93.184.216.34",
  "[2606:4700::1111]",
  "[64:ff9b::808:808]",
  "172.32.0.1",
  "100.128.0.1",
  "11.0.0.1",
];

for (const host of publicHosts) {
  Deno.test(`network: "*" permits ${host}`, async () => {
    const { said } = await fetchUnder(["*"], `http://${host}/`, {
      fetch: () => Promise.resolve(new Response("ok")),
    });
    assertEquals(said, ["200 ok"]);
  });
}

for (
  const [what, addresses] of [
    ["a loopback address", ["127.0.0.1"]],
    ["a private address behind a public one", ["93.184.216.34", "10.0.0.1"]],
    ["the metadata service", ["169.254.169.254"]],
    ["a loopback address of IPv6", ["::1"]],
    ["a mapped address", ["::ffff:192.168.0.1"]],
    ["something that is no address", ["nonsense"]],
  ] as const
) {
  Deno.test(`network: "*" does not permit a name that has ${what}`, async () => {
    await using server = new RawServer((_, answer) => answer.write(response("secret")));
    const names = { "public.example": addresses };
    const { said } = await fetchUnder(["*"], `http://public.example:${server.port}/`, { names });
    assertMatch(said[0]!, /^PermissionError: .*public.example is \S+, which is not public/);
    assertStringIncludes(said[0]!, `add "public.example:${server.port}" to net under [permissions]`);
  });
}

Deno.test('network: "*" permits a name if all its addresses are public', async () => {
  const names = { "public.example": ["93.184.216.34", "2606:4700::1111"] };
  const { said } = await fetchUnder(["*"], "https://public.example./a", {
    names,
    fetch: () => Promise.resolve(new Response("ok")),
  });
  assertEquals(said, ["200 ok"]);
});

Deno.test('network: under "*" a name without an address is an ordinary error', async () => {
  const { said } = await fetchUnder(["*"], "http://nowhere.example/");
  assertEquals(said, [
    "TypeError: GET http://nowhere.example/ failed: no address was found for nowhere.example",
  ]);
});

Deno.test('network: under "*" a redirect to this machine is refused', async () => {
  await using other = new RawServer((_, answer) => answer.write(response("secret")));
  await using server = new RawServer((_, answer) =>
    answer.write(redirect(`http://localhost:${other.port}/`))
  );
  const { said } = await fetchUnder(["*", `127.0.0.1:${server.port}`], server.address);
  assertMatch(said[0]!, /^PermissionError: GET .* is sent on to .*"\*" in net means public addresses/);
  assertEquals(other.requests.length, 0);
});

Deno.test("network: a named host may be reached wherever it is, in each notation of its name", async () => {
  await using server = new RawServer((_, answer) => answer.write(response("ok")));
  const { port } = server;
  for (
    const [net, host] of [
      ["127.0.0.1", "127.0.0.1"],
      [`127.0.0.1:${port}`, "127.1"],
      ["127.1", "2130706433"],
      ["LOCALHOST", "localhost"],
      [`localhost:${port}`, "localhost"],
      ["[::ffff:127.0.0.1]", "[::ffff:7f00:1]"],
      ["::ffff:127.0.0.1", "[::ffff:127.0.0.1]"],
    ] as const
  ) {
    const { said } = await fetchUnder([net, "*"], `http://${host}:${port}/`);
    assertEquals(said, ["200 ok"], `${net} for ${host}`);
  }
});

Deno.test("network: a trailing dot in a name does not matter", async () => {
  const world = { lookup: () => Promise.resolve([]), signal: new AbortController().signal };
  for (const [entry, host] of [["localhost", "localhost."], ["localhost.", "localhost"]] as const) {
    assertEquals(await checkAddress([entry], new URL(`http://${host}/`), world), undefined);
  }
});

Deno.test("network: a name permits only itself, and a port permits only that port", async () => {
  const url = new URL("http://127.0.0.1:8080/");
  const world = { lookup: () => Promise.resolve([]), signal: new AbortController().signal };
  for (
    const entry of [
      "127.0.0.1:8081",
      "127.0.0.2",
      "localhost",
      "::1",
      "127.0.0.1:",
      "",
      "http://127.0.0.1",
      "1",
    ]
  ) {
    assertStringIncludes(
      await checkAddress([entry], url, world) ?? "permitted",
      'add "127.0.0.1:8080" to net',
      entry,
    );
  }
});

Deno.test('network: a run with net = "*" says which setting a server on this machine needs, and exits 0', async () => {
  await using server = new RawServer((_, answer) => answer.write(response("ok")));
  const program = `# A
\`\`\`ts
/** @trigger At the beginning */
export async function Main() {
  try { await Say("user", await (await fetch("http://localhost:${server.port}/")).text()); }
  catch (error) { await Say("user", error.message); }
}
\`\`\`
`;
  await using folder = await folderWith({
    "p.pb": program,
    "playbooks.toml": '[permissions]\nnet = ["*"]\n',
  });
  const run = await folder.run(["run", "p.pb"], { env: { PLAYBOOKS_TRUST: "1" } });
  assertEquals(run.code, 0, run.stderr);
  assertStringIncludes(
    run.stdout,
    `add "localhost:${server.port}" to net under [permissions] in playbooks.toml`,
  );
  assertEquals(server.requests.length, 0);
});
