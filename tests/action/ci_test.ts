import { join } from "@std/path";
import { parse } from "yaml";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { jsonLines } from "../support/json_lines.ts";
import { binary, commandLine, folderWith, type TestFolder } from "../support/playbooks_process.ts";

const action = new URL("../../action/", import.meta.url).pathname;

/** Orders once, says two words, waits for the door, and says the rest. */
const order = (door: string) =>
  `# Shop
\`\`\`ts
/** @trigger At the beginning */
export async function Main() {
  await Say("user", "first");
  const answer = await fetch("${door}/orders", { method: "POST", body: "pens" });
  await Say("user", await answer.text());
  await fetch("${door}/wait");
  await Say("user", "last");
}
\`\`\`
`;

/** A shop that counts orders. Its door is closed in the first job and open later. */
function openShop() {
  const [waits, opened] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const shop = { orders: 0, open: opened.resolve, waiting: waits.promise };
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, async (request) => {
    if (new URL(request.url).pathname === "/orders") return new Response(`order ${++shop.orders}`);
    waits.resolve();
    await opened.promise;
    return new Response("open");
  });
  return Object.assign(shop, {
    door: `http://127.0.0.1:${server.addr.port}`,
    close: () => server.shutdown(),
  });
}

/** Runs a script of the action, perhaps as another user. */
function script(name: string, { cwd, env, by }: Place & { readonly env: Readonly<Record<string, string>> }) {
  const [command, ...args] = [...by, "bash", join(action, name)];
  return new Deno.Command(command!, {
    args,
    cwd,
    clearEnv: true,
    env: { PATH: Deno.env.get("PATH") ?? "", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** A job's checkout and its user. */
interface Place {
  readonly cwd: string;
  readonly by: readonly string[];
}

async function result(child: Deno.ChildProcess) {
  const { code, stdout, stderr } = await child.output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: decode(stdout), stderr: decode(stderr) };
}

/** The environment of run.sh in a job of `folder`. */
async function runEnvironment(folder: TestFolder, job: string): Promise<Readonly<Record<string, string>>> {
  const start = join(folder.path, "playbooks");
  const quoted = commandLine().map((word) => `'${word}'`).join(" ");
  await Deno.writeTextFile(start, `#!/bin/sh\nexec ${quoted} "$@"\n`, { mode: 0o755 });
  const home = join(folder.path, job, "home");
  await Deno.mkdir(home, { recursive: true });
  return {
    HOME: home,
    DENO_DIR: Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`,
    PLAYBOOKS_TRUST: "1",
    PROGRAM_BINARY: start,
    PROGRAM_FILES: "shop.pb",
    PROGRAM_ARGS: "--allow-net=127.0.0.1",
    PROGRAM_EVENTS: join(folder.path, job, "events.jsonl"),
    GITHUB_OUTPUT: join(folder.path, job, "outputs"),
  };
}

/** As an artifact of files does: hidden files stay, permissions are lost. */
async function copyWithoutPermissions(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true, mode: 0o755 });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copyWithoutPermissions(join(from, name), join(to, name));
    else {
      await Deno.copyFile(join(from, name), join(to, name));
      await Deno.chmod(join(to, name), 0o644);
    }
  }
}

const said = (stdout: string) => jsonLines(stdout).flatMap((line) => line.type === "say" ? [line.text] : []);

// Another user cannot read the cache of a program that runs from source.
const otherUser = binary !== undefined && Deno.uid() === 0
  ? ["setpriv", "--reuid=12345", "--regid=12345", "--clear-groups"]
  : [];

for (const packed of [true, false]) {
  Deno.test({
    name: `action: a stopped job is resumed by a later one on another path, home and user (${
      packed ? "packed" : "files without permissions"
    }): nothing is said or done twice`,
    ignore: Deno.build.os === "windows",
    async fn() {
      const shop = openShop();
      await using folder = await folderWith({ "one/shop.pb": order(shop.door) });
      await Deno.chmod(folder.path, 0o755);
      try {
        const one = { cwd: join(folder.path, "one"), by: [] };
        const env = await runEnvironment(folder, "one");
        const first = script("run.sh", { ...one, env });
        const ended = result(first);
        await Promise.race([shop.waiting, ended]);
        first.kill("SIGTERM");
        const stopped = await ended;
        assertEquals(stopped.code, 143, stopped.stderr);
        assertEquals(said(stopped.stdout), ["first", "order 1"]);
        const outputs = Deno.readTextFileSync(env["GITHUB_OUTPUT"]!);
        assertStringIncludes(outputs, "status=stopped\nnext=playbooks resume ");
        assertStringIncludes(outputs, "exit=143\n");

        const kept = join(folder.path, "artifact");
        if (packed) {
          const storage = { SESSION_STORAGE: ".checkpoints", SESSION_FOLDER: kept };
          assertEquals((await result(script("keep.sh", { ...one, env: storage }))).code, 0);
        } else await copyWithoutPermissions(join(one.cwd, ".checkpoints"), kept);
        await Deno.mkdir(join(folder.path, "two"));
        await Deno.rename(join(one.cwd, "shop.pb"), join(folder.path, "two/shop.pb"));
        await Deno.remove(one.cwd, { recursive: true });

        shop.open();
        const two = { cwd: join(folder.path, "two"), by: otherUser };
        const laterEnv = { ...await runEnvironment(folder, "two"), PROGRAM_RESUME: "true" };
        if (otherUser.length > 0) await giveAway(folder.path);
        const storage = { SESSION_STORAGE: ".checkpoints", SESSION_FOLDER: kept };
        const restored = await result(script("restore.sh", { ...two, env: storage }));
        assertEquals(restored.code, 0, restored.stderr);
        const { uid, mode } = Deno.statSync(join(two.cwd, ".checkpoints"));
        assertEquals([uid, mode! & 0o077], [otherUser.length > 0 ? 12345 : Deno.uid(), 0]);
        const resumed = await result(script("run.sh", { ...two, env: laterEnv }));
        assertEquals(resumed.code, 0, resumed.stderr);
        assertEquals(said(resumed.stdout), ["last"]);
        assertEquals(shop.orders, 1);
      } finally {
        shop.open();
        await shop.close();
      }
    },
  });
}

/** Gives a folder to the other user, as a new runner's checkout belongs to its user. */
async function giveAway(folder: string): Promise<void> {
  const { success } = await new Deno.Command("chown", { args: ["-R", "12345:12345", folder] }).output();
  assert(success);
}

Deno.test({
  name: "action: get.sh takes the binary of the runner's system, and refuses one with another checksum",
  ignore: Deno.build.os === "windows",
  async fn() {
    const name = "playbooks-x86_64-unknown-linux-gnu";
    await using folder = await folderWith({ [`releases/v1/${name}`]: "#!/bin/sh\necho hello\n" });
    const release = join(folder.path, "releases/v1");
    const digest = await crypto.subtle.digest("SHA-256", await Deno.readFile(join(release, name)));
    const sum = new Uint8Array(digest).toHex();
    const get = async (sums: string, more: Readonly<Record<string, string>> = {}) => {
      await Deno.writeTextFile(join(release, "SHA256SUMS"), sums);
      const env = {
        PLAYBOOKS_GET_URL: `file://${folder.path}/releases`,
        PLAYBOOKS_GET_VERSION: "v1",
        PLAYBOOKS_GET_SYSTEM: "Linux-X64",
        PLAYBOOKS_GET_FOLDER: join(folder.path, "binary"),
        ...more,
      };
      return await result(script("get.sh", { cwd: folder.path, by: [], env }));
    };
    const path = join(folder.path, "binary", name);
    const good = await get(`${sum}  ${name}\n`);
    assertEquals([good.code, good.stdout], [0, `binary=${path}\n`], good.stderr);
    assertEquals((await get("", { PLAYBOOKS_GET_SHA256: sum })).code, 0);
    for (
      const [sums, more, says] of [
        [`${"0".repeat(64)}  ${name}\n`, {}, "The checksum of"],
        [`${sum}  another\n`, {}, "is not in SHA256SUMS"],
        ["", { PLAYBOOKS_GET_SHA256: "1" }, ", not 1:"],
        ["", { PLAYBOOKS_GET_SYSTEM: "Plan9-X64" }, "There is no binary"],
      ] as const
    ) {
      const bad = await get(sums, more);
      assertEquals(bad.code, 1);
      assertStringIncludes(bad.stderr, says);
    }
  },
});

Deno.test("action: each script gets the variables that it reads, and no others", () => {
  const { runs: { steps } } = parse(Deno.readTextFileSync(join(action, "action.yml"))) as {
    readonly runs: { readonly steps: readonly { readonly run?: string; readonly env?: object }[] };
  };
  const scripts = steps.flatMap(({ run, env }) => {
    const name = run === undefined ? undefined : /GITHUB_ACTION_PATH\/(\w+\.sh)/.exec(run)?.[1];
    return name === undefined ? [] : [{ name, given: Object.keys(env ?? {}) }];
  });
  assertEquals(scripts.map(({ name }) => name).sort(), ["get.sh", "keep.sh", "restore.sh", "run.sh"]);
  for (const { name, given } of scripts) {
    const text = Deno.readTextFileSync(join(action, name));
    const read = text.match(/\b(PLAYBOOKS_GET|SESSION|PROGRAM)_[A-Z0-9]+\b/g) ?? [];
    assertEquals([...new Set(read)].sort(), given.toSorted(), name);
  }
});
