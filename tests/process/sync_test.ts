import { assert, assertEquals } from "@std/assert";
import { folderWith } from "../support/playbooks_process.ts";
import { hasStrace, tracedCalls } from "../support/strace.ts";

const program = `# Solo

## Main
### Triggers
- At the beginning
### Steps
- Say "one"
- Say "two"
- Say "three"
- End program
`;

Deno.test({
  name: "sync: on the real disk words are shown only after the journal is synced, with one sync per append",
  ignore: !hasStrace,
  fn: async () => {
    await using folder = await folderWith({ "program.pb": program });
    const calls = await tracedCalls(folder, ["run", "program.pb"], [
      "write",
      "pwrite64",
      "fdatasync",
      "fsync",
    ]);
    let isDurable = false;
    let [appends, syncs, words] = [0, 0, 0];
    for (const { name, path, text } of calls) {
      const isWrite = name.endsWith("write") || name === "pwrite64";
      if (path.endsWith("/journal.jsonl")) {
        if (isWrite) appends++;
        else syncs++;
        isDurable = !isWrite;
      } else if (isWrite && /^(one|two|three)\\n$/.test(text)) {
        words++;
        assert(isDurable, `"${text}" was shown before the journal was synced`);
      }
    }
    assertEquals(words, 3);
    assert(appends > 3, `${appends} appends`);
    assertEquals(syncs, appends + 1, "one for each append, and one for what was found when it was opened");
    const temporary = new Set(calls.map(({ path }) => path).filter((path) => path.endsWith(".tmp")));
    for (const path of temporary) {
      // The list index is a cache: each of its lines counts only as long as it fits the session's own file.
      if (path.includes("/.list.jsonl.")) continue;
      const last = calls.findLast((call) => call.path === path);
      assert(last?.name.endsWith("sync"), `${path} is synced before it is renamed`);
    }
    const names = calls.filter(({ name }) => name === "fsync").map(({ path }) => path.replace(/^.*\//, ""));
    const [session] = folder.sessions();
    assert(names.includes(session!), `the session's folder is synced: ${names}`);
    assert(names.includes(".checkpoints"), `the storage is synced: ${names}`);
  },
});
