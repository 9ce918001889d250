import { type HttpBounds, httpBounds } from "../../src/frontends/http/http_bounds.ts";
import { settings } from "../../src/cli/settings.ts";

/** Settings with a bound for outside data, in the order of the document. */
const bounds: Readonly<Record<string, string>> = {
  max_answer_kb: "a model's answer",
  max_body_mb: "a fetched body, unpacked",
  max_error_body_kb: "the body of an error response",
  max_request_seconds: "one request, from its start to its last byte",
  max_file_kb: "a file that is read: programs, imports, `LoadFile`",
  max_effects_per_turn: "effects in a turn that a model wrote",
  max_effects_per_call: "effects in one call of a code playbook",
  max_words_per_minute: "words said to people",
  max_short_sleeps: "sleeps under 0.01 s in a turn or call",
  max_silent_waits: "waits in a row that end at once without words",
  max_inbox_messages: "messages in an inbox",
  max_rehearsal_turns: "turns of the rehearsal, which counts for no other limit",
  max_agents: "agents in a session",
  max_session_mb: "a session's journal and blobs",
  max_code_seconds: "code that runs without a wait",
  max_code_memory_mb: "memory of a turn's code",
  max_code_stack_kb: "stack of a turn's code",
};

/** A table of the bounds with their defaults in the code. Throws for a bound without a setting. */
export function boundsTable(): string {
  const rows = Object.entries(bounds).map(([key, what]) => {
    const setting = settings.find((each) => each.table === "limits" && each.key === key);
    if (!setting) throw new Error(`There is no setting limits.${key}`);
    return `| \`limits.${key}\` | ${what} | ${setting.default} |`;
  });
  return ["| setting | bounds | default |", "| --- | --- | ---: |", ...rows].join("\n");
}

/** What each bound of a server bounds, in the order of the document, and its unit. */
const ofServer: Readonly<Record<keyof HttpBounds, readonly [what: string, unit: string]>> = {
  maxBodyBytes: ["the body of a request", "bytes"],
  maxHeadBytes: ["the head of a request", "bytes"],
  maxConnections: [
    "open connections, also those that send nothing; fewer if the process may open few files",
    "",
  ],
  maxStreams: ["open streams of events", ""],
  headMs: ["the time in which the head of a request must arrive", "ms"],
  requestMs: ["the time in which a whole request must arrive", "ms"],
  idleMs: ["the time for which a connection may be idle between two requests", "ms"],
  stalledMs: ["the time after which a client that does not read is dropped", "ms"],
  heartbeatMs: ["the time after which a silent stream gets a comment", "ms"],
  checkMs: ["how often these times are checked", "ms"],
};

/** A table of the bounds of `playbooks serve`. */
export function serverBoundsTable(): string {
  const rows = Object.entries(ofServer).map(([name, [what, unit]]) =>
    `| ${what} | ${`${httpBounds[name as keyof HttpBounds]} ${unit}`.trim()} |`
  );
  return ["| a server bounds | to |", "| --- | ---: |", ...rows].join("\n");
}

const folder = new URL("../security/", import.meta.url);

/** The names of the tests in `tests/security`, by file: each name is a claim. */
export function attackList(): string {
  const files = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) =>
    name.endsWith("_test.ts")
  );
  return files.sort().map((file) => {
    const text = Deno.readTextFileSync(new URL(file, folder));
    const names = [...text.matchAll(/(?:Deno\.test\(\s*|\bname:\s*)(["'`])((?:\\.|(?!\1)[\s\S])+?)\1/g)];
    const claims = names.map(([, , name]) => `- ${claim(name!)}`);
    return `**${file.replace("_test.ts", "").replaceAll("_", " ")}** (\`tests/security/${file}\`)\n\n${
      claims.join("\n")
    }`;
  }).join("\n\n");
}

/** A test's name, with "…" for a part that differs between cases. */
function claim(name: string): string {
  return name.replace(/\$\{[^}]*\}/g, "…").replace(/\\(["'`])/g, "$1").replaceAll("|", "\\|");
}
