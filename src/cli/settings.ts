import { defaultNetBounds } from "../net/mod.ts";
import { defaultToolBounds } from "../tools/mod.ts";
import { providerNames } from "../model/mod.ts";
import { defaultBounds } from "../engine/bounds.ts";
import { defaultDatabaseTimes } from "../store/mod.ts";
import { defaultMaxFileKb } from "../engine/fold/settings.ts";

/** The type of a setting's value. */
export type SettingType =
  | { readonly kind: "text" }
  | { readonly kind: "choice"; readonly choices: readonly string[] }
  | { readonly kind: "flag" }
  | { readonly kind: "number"; readonly min: number; readonly max?: number; readonly whole?: true }
  /** A number. Absent: no limit. */
  | { readonly kind: "limit"; readonly min: number; readonly whole?: true }
  | { readonly kind: "path" }
  | { readonly kind: "list"; readonly of: "hosts" | "folders" | "names" };

/** A plain value of a setting. */
export type SettingContent = string | number | boolean | null | readonly string[];

/** A key of `playbooks.toml`. Reading, `config show` and the documents are made from this one description. */
export interface Setting {
  /** `limits`, … */
  readonly table: string;
  /** As written in the file: `max_llm_calls`. */
  readonly key: string;
  readonly type: SettingType;
  readonly default: SettingContent;
  readonly doc: string;
}

const text: SettingType = { kind: "text" };
const flag: SettingType = { kind: "flag" };
const provider: SettingType = {
  kind: "choice",
  // Read when needed, because main.ts registers local models.
  get choices() {
    return providerNames();
  },
};

function numberFrom(min: number, max?: number): SettingType {
  return { kind: "number", min, ...(max === undefined ? {} : { max }) };
}

function wholeFrom(min: number): SettingType {
  return { kind: "number", min, whole: true };
}

/** Key, type, default and description of a setting. */
type Row = readonly [key: string, type: SettingType, value: SettingContent, doc: string];

/** Keys of `[model]`, and of `[model.raw]`, which inherits from it. */
const modelRows: readonly Row[] = [
  ["provider", provider, "anthropic", "who answers"],
  ["name", text, "claude-haiku-4-5", "the model's name at its provider"],
  ["base_url", text, "", "the server's address; empty for the provider's own"],
  [
    "api_key_env",
    text,
    "",
    "the environment variable that holds the key; empty for the provider's usual one",
  ],
  ["temperature", numberFrom(0, 2), 0.2, "0 for the most likely words, more for less likely ones"],
  ["max_output_tokens", wholeFrom(1), 8000, "tokens of an answer, at most"],
  [
    "reasoning_tokens",
    wholeFrom(0),
    0,
    "tokens for thinking before the answer; 0 leaves it to the model",
  ],
  [
    "timeout_seconds",
    numberFrom(0, 86400),
    0,
    "seconds without a byte before a request fails; 0 for 300, and for 1800 from a server on this machine",
  ],
  [
    "total_timeout_seconds",
    numberFrom(0, 86400),
    0,
    "seconds that one request may take in all; 0 for max_request_seconds, and for 3600 to a server on this machine",
  ],
  ["stream", flag, true, "receive answers while they are written; false for proxies that cannot stream"],
  ["cache", flag, false, "answer an identical request from the cache, without asking again"],
  [
    "background",
    flag,
    false,
    "OpenAI's responses API alone: the provider makes and stores the answer, so that a resume fetches it",
  ],
];

const rows: Readonly<Record<string, readonly Row[]>> = {
  model: modelRows,
  "model.raw": modelRows,
  limits: [
    ["max_llm_calls", wholeFrom(1), 100, "calls of the model, per session, across resumes"],
    ["max_cost_usd", { kind: "limit", min: 0 }, null, "US dollars, per session, across resumes"],
    [
      "max_tokens",
      { kind: "limit", min: 1, whole: true },
      null,
      "tokens in and out, per session, across resumes",
    ],
    ["max_seconds", { kind: "limit", min: 0 }, null, "seconds of running, all runs of a session together"],
    ["max_repairs", wholeFrom(0), 3, "answers in a row that do not run, before the playbook call fails"],
    ["message_batch_timeout", numberFrom(0), 0.5, "seconds to wait for more messages of the same sender"],
    ["message_batch_max_wait", numberFrom(0), 2, "seconds after which a batch is delivered in any case"],
    [
      "artifact_result_threshold",
      wholeFrom(1),
      500,
      "characters; a longer result becomes an artifact in what the model reads",
    ],
    [
      "context_tokens",
      wholeFrom(4000),
      150000,
      "the model's window; earlier turns are condensed when a prompt nears it",
    ],
    [
      "max_file_kb",
      wholeFrom(1),
      defaultMaxFileKb,
      "KiB of a file that is read: LoadFile, program files, imports",
    ],
    [
      "max_effects_per_turn",
      wholeFrom(1),
      defaultBounds.maxEffectsPerTurn,
      "effects that the code of one turn may ask for",
    ],
    [
      "max_effects_per_call",
      wholeFrom(1),
      defaultBounds.maxEffectsPerCall,
      "effects that one call of a code playbook may ask for",
    ],
    [
      "max_short_sleeps",
      wholeFrom(1),
      defaultBounds.maxShortSleeps,
      "sleeps under 0.01 s in one turn or call; sleep longer, or wait for a message",
    ],
    [
      "max_silent_waits",
      wholeFrom(1),
      defaultBounds.maxSilentWaits,
      "waits in a row that end at once without words; the next ones throw, and the program fails at twice as many",
    ],
    [
      "max_words_per_minute",
      wholeFrom(1),
      defaultBounds.maxWordsPerMinute,
      "words shown to people; code that says more gets an error",
    ],
    [
      "max_session_mb",
      numberFrom(1),
      defaultBounds.maxSessionMb,
      "MiB of journal and blobs, per session, across resumes",
    ],
    ["max_agents", wholeFrom(1), defaultBounds.maxAgents, "agents of a session"],
    [
      "max_inbox_messages",
      wholeFrom(1),
      defaultBounds.maxInboxMessages,
      "messages that wait in the inbox of one agent",
    ],
    [
      "max_rehearsal_turns",
      wholeFrom(1),
      defaultBounds.maxRehearsalTurns,
      "turns of the rehearsal, which counts for no other limit",
    ],
    [
      "max_code_seconds",
      numberFrom(0.1, 3600),
      defaultBounds.maxCodeSeconds,
      "seconds that code may run without a wait",
    ],
    [
      "max_code_memory_mb",
      numberFrom(16, 448),
      defaultBounds.maxCodeMemoryMb,
      "MiB of memory for the code of a turn",
    ],
    [
      "max_code_stack_kb",
      numberFrom(16, 256),
      defaultBounds.maxCodeStackKb,
      "KiB of the stack for the code of a turn; more lets calls nest deeper",
    ],
    [
      "max_answer_kb",
      numberFrom(1),
      defaultNetBounds.maxAnswerKb,
      "KiB of a model's answer with its thoughts; the rest is not read, and the model is told",
    ],
    [
      "max_body_mb",
      numberFrom(0.001),
      defaultNetBounds.maxBodyMb,
      "MiB of a body that code fetches, unpacked",
    ],
    [
      "max_error_body_kb",
      numberFrom(1),
      defaultNetBounds.maxErrorBodyKb,
      "KiB of a model server's error that are read",
    ],
    [
      "max_request_seconds",
      numberFrom(0.1, 86400),
      defaultNetBounds.maxRequestSeconds,
      "seconds that one request may take in all, to a model or from code",
    ],
    ["max_tool_servers", wholeFrom(1), defaultToolBounds.maxToolServers, "tool servers of a program"],
    ["max_tools", wholeFrom(1), defaultToolBounds.maxTools, "tools of one server that a program can use"],
    [
      "max_tool_result_mb",
      numberFrom(0.01),
      defaultToolBounds.maxToolResultMb,
      "MiB of one message of a tool server, such as a result",
    ],
  ],
  durability: [
    ["enabled", flag, true, "keep sessions, so that they can be resumed"],
    [
      "storage_path",
      { kind: "path" },
      ".checkpoints",
      "where sessions are kept; a relative path begins at this file's folder",
    ],
    [
      "url",
      text,
      "",
      "a Postgres database that keeps sessions in place of the folder: postgres://user@host/database",
    ],
    [
      "retry_seconds",
      numberFrom(1, 3600),
      defaultDatabaseTimes.retryMs / 1000,
      "seconds to wait for a database that does not answer; then the session stops, and can be resumed",
    ],
    [
      "lease_seconds",
      numberFrom(2, 3600),
      defaultDatabaseTimes.leaseMs / 1000,
      "seconds after the death of a process until another one may run its sessions of the database",
    ],
    [
      "sync",
      { kind: "choice", choices: ["always", "batch", "off"] },
      "always",
      "how soon the disk must have an entry: before anything is done, within 100 ms, or when the system writes it",
    ],
    [
      "encrypt",
      flag,
      false,
      "encrypt all that is kept of new sessions; the key is PLAYBOOKS_KEY in the environment of the shell",
    ],
    ["keep_last_n", wholeFrom(1), 10, "checkpoint files that stay, per session"],
    [
      "max_checkpoint_size_mb",
      numberFrom(1),
      100,
      "a bigger checkpoint is not written; the journal alone is enough",
    ],
    [
      "uncertain",
      { kind: "choice", choices: ["ask", "retry", "fail", "skip"] },
      "ask",
      "what to do with an outside effect that may have happened or not",
    ],
  ],
  notify: [
    [
      "command",
      text,
      "",
      "program with its arguments that gets each notification on standard input; no shell reads it",
    ],
    ["url", text, "", "address to which each notification is posted"],
    ["token_env", text, "", "variable that holds a token for that address, which is sent as a bearer token"],
    ["link", text, "", "address for people in each notification; {id} stands for the session's id"],
    [
      "wait_seconds",
      numberFrom(0, 86400),
      60,
      "seconds for which a question in a running session is open before its notification is sent",
    ],
    ["timeout_seconds", numberFrom(0.1, 600), 10, "seconds that the command or one request may take"],
  ],
  telemetry: [
    ["enabled", flag, false, "send traces and metrics of sessions to a collector of OpenTelemetry"],
    [
      "endpoint",
      text,
      "",
      "address of the collector, to which /v1/traces and /v1/metrics are added; empty for OTEL_EXPORTER_OTLP_ENDPOINT, else http://localhost:4318",
    ],
    [
      "protocol",
      { kind: "choice", choices: ["http/protobuf", "http/json"] },
      "http/protobuf",
      "form of the requests",
    ],
    ["headers_env", text, "", "variable that holds headers for the collector, as name=value,name=value"],
    ["service_name", text, "playbooks", "name of the service in traces and metrics"],
    ["content", flag, false, "send prompts, words, arguments and results, too"],
    [
      "timeout_seconds",
      numberFrom(0.1, 600),
      5,
      "seconds that one request may take, and that telemetry may add to the end of a run",
    ],
  ],
  permissions: [
    [
      "net",
      { kind: "list", of: "hosts" },
      [],
      'hosts that code blocks may fetch from, as host or host:port; "*" for all public addresses',
    ],
    [
      "read",
      { kind: "list", of: "folders" },
      [],
      "folders that they may read; relative ones begin at this file's folder",
    ],
    ["write", { kind: "list", of: "folders" }, [], "folders that they may write to"],
    [
      "env",
      { kind: "list", of: "names" },
      [],
      'environment variables that they may read; "*" for all but the keys of model providers',
    ],
  ],
};

/** All settings, in the order of the documents. */
export const settings: readonly Setting[] = Object.entries(rows).flatMap(([table, of]) =>
  of.map(([key, type, value, doc]) => ({ table, key, type, default: value, doc }))
);

/** `limits.max_llm_calls`. */
export function settingName(setting: Pick<Setting, "table" | "key">): string {
  return `${setting.table}.${setting.key}`;
}

/** `PLAYBOOKS_LIMITS__MAX_LLM_CALLS`. */
export function environmentName(setting: Pick<Setting, "table" | "key">): string {
  return `PLAYBOOKS_${settingName(setting).replaceAll(".", "__").toUpperCase()}`;
}
