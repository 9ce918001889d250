import { realFileSystem } from "../../../src/store/file/real_file_system.ts";
import { PlaybooksError } from "../../../src/errors.ts";
import { takeLease } from "../../../src/store/file/lease.ts";
import { Sessions } from "../../../src/store/file/sessions.ts";
import { beginFolderSession } from "../../../src/store/file/store.ts";

const [work, folder, number] = Deno.args as [string, string, string];
const input = Deno.stdin.readable.getReader();
say("ready");
await input.read();
try {
  if (work === "lease") {
    const nowMs = Date.now();
    const lease = await takeLease(folder, { session: "s", pid: Deno.pid, host: "here", nowMs });
    say(`taken${lease.died === undefined ? "" : ` after ${lease.died.host}`}`);
    await input.read();
    lease[Symbol.dispose]();
  } else {
    const sessions = new Sessions(folder, { fs: realFileSystem(), nowMs: Date.now });
    const runner = { fs: realFileSystem(), pid: Deno.pid, host: "here", nowMs: Date.now };
    const begun = await beginFolderSession(
      sessions,
      { key: `a00000000000000${number}`, programPaths: [`/${number}.pb`] },
      runner,
    );
    say(JSON.stringify({ id: begun.session.id, notices: sessions.takeNotices() }));
    await input.read();
    begun[Symbol.dispose]();
  }
} catch (error) {
  say(error instanceof PlaybooksError ? `${error.exitCode} ${error.message}` : String(error));
}

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}
