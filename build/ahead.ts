/**
 * Makes what a compiled program carries ready: a machine for its sandbox, and machine code of its scripts.
 *
 * It is itself compiled, as the program is, since only the same engine with the same flags takes that code. It plays what people
 * play most, so that V8 compiles what they need; with the machine in its place, as the program will.
 *
 *     dist/ahead machine dist/program && dist/ahead code dist/program
 */
import { extras } from "../extras/mod.ts";
import { runCommandLine } from "../src/cli/main.ts";
import { carriedFiles } from "../src/sandbox/host/engine.ts";
import type { World } from "../src/cli/world.ts";
import { anthropic } from "../tests/support/anthropic_dialect.ts";
import { chat } from "../tests/support/chat_dialect.ts";
import type { Dialect } from "../tests/support/dialect.ts";
import { google } from "../tests/support/google_dialect.ts";
import { openai } from "../tests/support/openai_dialect.ts";
import { ProviderServer } from "../tests/support/provider_server.ts";
import { compress } from "./compress.ts";
import type { LoadedScript } from "./loader.ts";

/** Writes what the command line asks for into the folder of the packed program. */
export async function makeAhead(
  loaded: readonly LoadedScript[],
  compressed: readonly string[],
): Promise<void> {
  const [what, to] = Deno.args;
  if (what === "machine" && to !== undefined) {
    for (const [name, bytes] of Object.entries(await carriedFiles())) {
      await Deno.writeFile(`${to}/packed/${name}`, bytes);
    }
    return;
  }
  if (what !== "code" || to === undefined) {
    throw new Error("Cannot make anything ahead: say machine or code, and a folder");
  }
  const folder = await Deno.makeTempDir();
  try {
    for (const [provider, dialect] of providers) await play(provider, dialect, `${folder}/${provider}`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  for (const { file, code } of loaded) {
    const path = `${to}/packed/${file.replace(/js$/, "code")}`;
    if (compressed.includes(file)) await Deno.writeFile(`${path}.z`, compress(code()));
    else await Deno.writeFile(path, code());
  }
}

const providers: readonly (readonly [string, Dialect])[] = [
  ["openai-compatible", chat],
  ["anthropic", anthropic],
  ["google", google],
  ["openai", openai],
];

const program = `# Ahead

\`\`\`js
/** @trigger At the beginning */
export async function Begin() {
  state.items = [];
  for (let count = 0; count < 20; count++) {
    state.items.push("x");
    await SaveArtifact("a", "", "x".repeat(200));
    if (count % 5 === 0) await Say("user", await Fact(count));
  }
}
\`\`\`

## Fact($number)
### Steps
- Tell the user about $number
- Return a fact about $number
`;

/** Plays a program until its model may not be asked again, and then the rest of it. */
async function play(provider: string, dialect: Dialect, folder: string): Promise<void> {
  await Deno.mkdir(folder);
  let number = 0;
  await using server = new ProviderServer(
    Array.from({ length: 30 }, () => ({
      kind: "answer" as const,
      words: [`Step("01");\nawait Say("user", "Fact ${number++}");\n`, `Return("A fact ${number}");`],
    })),
    { dialect },
  );
  await Deno.writeTextFile(`${folder}/x.pb`, program);
  await Deno.writeTextFile(
    `${folder}/playbooks.toml`,
    `[model]\nprovider = "${provider}"\nname = "x"\nbase_url = "${server.baseUrl}"\napi_key_env = "KEY"\n`,
  );
  const text: string[] = [];
  const output = {
    writeSync: (bytes: Uint8Array) => {
      text.push(new TextDecoder().decode(bytes));
      return bytes.length;
    },
    isTerminal: () => false,
  };
  const world = (environment: Record<string, string>): World => ({
    programName: "playbooks",
    cwd: folder,
    environment: { KEY: "key", PLAYBOOKS_TRUST: "1", HOME: folder, ...environment },
    stdin: Deno.stdin,
    stdout: output,
    stderr: output,
    now: Date.now,
    fetch: globalThis.fetch,
    columns: () => 80,
  });
  const codes = [
    await runCommandLine(["run", "x.pb"], world({ PLAYBOOKS_LIMITS__MAX_LLM_CALLS: "2" }), extras),
    await runCommandLine(
      ["run", "x.pb", "--resume"],
      world({ PLAYBOOKS_LIMITS__MAX_LLM_CALLS: "3" }),
      extras,
    ),
    await runCommandLine(["run", "x.pb", "--resume"], world({}), extras),
  ];
  if (codes.join() !== "1,1,0") throw new Error(`Cannot play ${provider}: ${codes}: ${text.join("")}`);
}
