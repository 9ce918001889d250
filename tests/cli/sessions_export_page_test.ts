import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { gunzipSync } from "node:zlib";
import { exitCodes } from "../../src/errors.ts";
import { inFolder, runCommandLine, worldIn } from "../support/world.ts";

const trip = `# Trip
## Main
### Triggers
- At the beginning
### Steps
- Ask user for $city
- Say "You go to $city"
- Ask user for $day
- End program
`;
const files = { "trip.pb": trip, "playbooks.toml": '[model]\nprovider = "rehearsal"\n' };

async function command(folder: string, ...args: readonly string[]) {
  const world = worldIn(folder, { HOME: folder });
  const exit = await runCommandLine(args, world);
  return { exit, stdout: world.stdout.text, stderr: world.stderr.text };
}

/** The session that a page holds. */
function savedIn(page: string) {
  const [, packed] = /<script id="saved-session" type="text\/plain">([^<]*)<\/script>/.exec(page)!;
  const json = new TextDecoder().decode(gunzipSync(Uint8Array.fromBase64(packed!)));
  return { json, saved: JSON.parse(json) };
}

Deno.test("sessions export: --html writes a page that holds the whole session and loads nothing", async () => {
  await inFolder(files, async (folder) => {
    await command(folder, "run", "trip.pb", "--name", "trip", "--non-interactive");
    await command(folder, "resume", "trip", "--message", "Rome <script>");
    const out = await command(folder, "sessions", "export", "trip", "--html");
    assertEquals([out.exit, out.stdout], [0, "trip.html\n"], out.stderr);
    const page = Deno.readTextFileSync(`${folder}/trip.html`);
    assertStringIncludes(page, `default-src 'none'; script-src 'sha256-`);
    const inPage = page.replace(/<script>[^]*?<\/script>|<style>[^]*?<\/style>/g, "");
    assertEquals([...inPage.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address]) => address), ["data:,"]);
    assert(!page.includes("Rome <script>"));
    const { saved } = savedIn(page);
    const positions = saved.moments.map(({ position }: { readonly position: number }) => position);
    assertEquals(positions, [...positions].sort((a: number, b: number) => a - b));
    assertEquals(positions.at(-1), saved.outline.position);
    assertEquals(saved.items.length, saved.outline.rows);
    assertEquals(saved.files, [{ path: "trip.pb", text: trip }]);
    assertEquals(saved.moments.at(-1).agents[0].variables, { city: '"Rome <script>"' });
    assertEquals(saved.histories["1000 city"].writes.length, 1);
    // The name exists: it is not replaced unless it is named.
    assertEquals((await command(folder, "sessions", "export", "trip", "--html")).exit, exitCodes.usage);
    assertEquals((await command(folder, "sessions", "export", "trip", "--html", "-o", "trip.html")).exit, 0);
  });
});

Deno.test("sessions export: --html with --redact leaves no match in the page, and --no-program no text", async () => {
  await inFolder(files, async (folder) => {
    await command(folder, "run", "trip.pb", "--name", "trip", "--non-interactive");
    await command(folder, "resume", "trip", "--message", "Rome");
    const out = await command(
      folder,
      ...["sessions", "export", "trip", "--html", "--redact", "Rome", "--no-program", "-o", "x.html"],
    );
    assertEquals(out.exit, 0, out.stderr);
    assertStringIncludes(out.stderr, "removed ");
    const { json, saved } = savedIn(Deno.readTextFileSync(`${folder}/x.html`));
    assert(!json.includes("Rome"), json);
    assertStringIncludes(json, "[redacted]");
    assertEquals(saved.files, []);
  });
});

Deno.test("sessions export: --html and --encrypt do not go together", async () => {
  await inFolder(files, async (folder) => {
    await command(folder, "run", "trip.pb", "--name", "trip", "--non-interactive");
    const out = await command(folder, "sessions", "export", "trip", "--html", "--encrypt");
    assertEquals(out.exit, exitCodes.usage);
    assertStringIncludes(out.stderr, "leave out --encrypt");
  });
});

Deno.test("sessions export: --html writes a session's name as text", async () => {
  await inFolder(files, async (folder) => {
    await command(folder, "run", "trip.pb", "--name", "<b>trip & co", "--non-interactive");
    assertEquals(
      (await command(folder, "sessions", "export", "<b>trip & co", "--html", "-o", "x.html")).exit,
      0,
    );
    assertStringIncludes(
      Deno.readTextFileSync(`${folder}/x.html`),
      "<title>&#60;b&#62;trip &#38; co</title>",
    );
  });
});
