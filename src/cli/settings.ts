import { defaultNetBounds } from "../net/mod.ts";
import { providerNames } from "../model/mod.ts";
import { defaultBounds } from "../engine/bounds.ts";
import { defaultMaxFileKb } from "../engine/fold/settings.ts";

/** What a setting's value may be. */
export type SettingType =
  | { readonly kind: "text" }
  | { readonly kind: "choice"; readonly choices: readonly string[] }
  | { readonly kind: "flag" }
  | { readonly kind: "number"; readonly least: number; readonly most?: number; readonly whole?: true }
  /** A number, or no limit when it is absent. */
  | { readonly kind: "limit"; readonly least: number; readonly whole?: true }
  | { readonly kind: "path" }
  | { readonly kind: "list"; readonly of: "hosts" | "folders" | "names" };

/** A plain value of a setting. */
export type SettingContent = string | number | boolean | null | readonly string[];

/** A key of `playbooks.toml`: the one description that reading, `config show` and the documents are made of. */
export interface Setting {
  /** `limits`, … */
  readonly table: string;
  /** As written: `max_llm_calls`. */
  readonly key: string;
  readonly type: SettingType;
  readonly default: SettingContent;
  readonly doc: string;
}

/** Keys of `[model]`, and of `[model.raw]`, which inherits from it. */
const modelSettings: readonly Omit<Setting, "table">[] = [
  {
    key: "provider",
    type: {
      kind: "choice",
      // Read late: main.ts registers local models.
      get choices() {
        return providerNames();
      },
    },
    default: "anthropic",
    doc: "who answers",
  },
  {
    key: "name",
    type: { kind: "text" },
    default: "claude-haiku-4-5",
    doc: "the model, as its provider calls it",
  },
  {
    key: "base_url",
    type: { kind: "text" },
    default: "",
    doc: "the server's address; empty for the provider's own",
  },
  {
    key: "api_key_env",
    type: { kind: "text" },
    default: "",
    doc: "the environment variable that holds the key; empty for the provider's usual one",
  },
  {
    key: "temperature",
    type: { kind: "number", least: 0, most: 2 },
    default: 0.2,
    doc: "0 for the likeliest words, more for bolder ones",
  },
  {
    key: "max_output_tokens",
    type: { kind: "number", least: 1, whole: true },
    default: 8000,
    doc: "the longest answer",
  },
  {
    key: "reasoning_tokens",
    type: { kind: "number", least: 0, whole: true },
    default: 0,
    doc: "tokens for thinking before the answer; 0 asks for none in particular",
  },
  {
    key: "stream",
    type: { kind: "flag" },
    default: true,
    doc: "take answers as they are written; false for proxies that cannot stream",
  },
  {
    key: "cache",
    type: { kind: "flag" },
    default: false,
    doc: "answer the very same request as before, without asking again",
  },
];

/** All settings, in the order of the documents. */
export const settings: readonly Setting[] = [
  ...modelSettings.map((setting) => ({ table: "model", ...setting })),
  ...modelSettings.map((setting) => ({ table: "model.raw", ...setting })),
  {
    table: "limits",
    key: "max_llm_calls",
    type: { kind: "number", least: 1, whole: true },
    default: 100,
    doc: "calls of the model, per session, across resumes",
  },
  {
    table: "limits",
    key: "max_cost_usd",
    type: { kind: "limit", least: 0 },
    default: null,
    doc: "US dollars, per session, across resumes",
  },
  {
    table: "limits",
    key: "max_tokens",
    type: { kind: "limit", least: 1, whole: true },
    default: null,
    doc: "tokens in and out, per session, across resumes",
  },
  {
    table: "limits",
    key: "max_seconds",
    type: { kind: "limit", least: 0 },
    default: null,
    doc: "seconds of running, all runs of a session together",
  },
  {
    table: "limits",
    key: "max_repairs",
    type: { kind: "number", least: 0, whole: true },
    default: 3,
    doc: "answers in a row that do not run, before the playbook call fails",
  },
  {
    table: "limits",
    key: "message_batch_timeout",
    type: { kind: "number", least: 0 },
    default: 0.5,
    doc: "seconds to wait for more messages of the same sender",
  },
  {
    table: "limits",
    key: "message_batch_max_wait",
    type: { kind: "number", least: 0 },
    default: 2,
    doc: "seconds after which a batch is delivered in any case",
  },
  {
    table: "limits",
    key: "artifact_result_threshold",
    type: { kind: "number", least: 1, whole: true },
    default: 500,
    doc: "characters; a longer result becomes an artifact in what the model reads",
  },
  {
    table: "limits",
    key: "context_tokens",
    type: { kind: "number", least: 4000, whole: true },
    default: 150000,
    doc: "the model's window; earlier turns are condensed when a prompt nears it",
  },
  {
    table: "limits",
    key: "max_file_kb",
    type: { kind: "number", least: 1, whole: true },
    default: defaultMaxFileKb,
    doc: "KiB of a file that is read: LoadFile, program files, imports",
  },
  {
    table: "limits",
    key: "max_effects_per_turn",
    type: { kind: "number", least: 1, whole: true },
    default: defaultBounds.maxEffectsPerTurn,
    doc: "effects that the code of one turn may ask for",
  },
  {
    table: "limits",
    key: "max_effects_per_call",
    type: { kind: "number", least: 1, whole: true },
    default: defaultBounds.maxEffectsPerCall,
    doc: "effects that one call of a code playbook may ask for",
  },
  {
    table: "limits",
    key: "max_short_sleeps",
    type: { kind: "number", least: 1, whole: true },
    default: defaultBounds.maxShortSleeps,
    doc: "sleeps under 0.01 s in one turn or call; sleep longer, or wait for a message",
  },
  {
    table: "limits",
    key: "max_words_per_minute",
    type: { kind: "number", least: 1, whole: true },
    default: defaultBounds.maxWordsPerMinute,
    doc: "words shown to people; code that says more gets an error",
  },
  {
    table: "limits",
    key: "max_session_mb",
    type: { kind: "number", least: 1 },
    default: defaultBounds.maxSessionMb,
    doc: "MiB of journal and blobs, per session, across resumes",
  },
  {
    table: "limits",
    key: "max_agents",
    type: { kind: "number", least: 1, whole: true },
    default: defaultBounds.maxAgents,
    doc: "agents of a session",
  },
  {
    table: "limits",
    key: "max_inbox_messages",
    type: { kind: "number", least: 1, whole: true },
    default: defaultBounds.maxInboxMessages,
    doc: "messages that wait in the inbox of one agent",
  },
  {
    table: "limits",
    key: "max_rehearsal_turns",
    type: { kind: "number", least: 1, whole: true },
    default: defaultBounds.maxRehearsalTurns,
    doc: "turns of the rehearsal, which counts for no other limit",
  },
  {
    table: "limits",
    key: "max_code_seconds",
    type: { kind: "number", least: 0.1, most: 3600 },
    default: defaultBounds.maxCodeSeconds,
    doc: "seconds that code may run without a wait",
  },
  {
    table: "limits",
    key: "max_code_memory_mb",
    type: { kind: "number", least: 16, most: 448 },
    default: defaultBounds.maxCodeMemoryMb,
    doc: "MiB of memory for the code of a turn",
  },
  {
    table: "limits",
    key: "max_code_stack_kb",
    type: { kind: "number", least: 16, most: 256 },
    default: defaultBounds.maxCodeStackKb,
    doc: "KiB of the stack for the code of a turn; more lets calls nest deeper",
  },
  {
    table: "limits",
    key: "max_answer_kb",
    type: { kind: "number", least: 1 },
    default: defaultNetBounds.maxAnswerKb,
    doc: "KiB of a model's answer with its thoughts; the rest is not read, and the model is told",
  },
  {
    table: "limits",
    key: "max_body_mb",
    type: { kind: "number", least: 0.001 },
    default: defaultNetBounds.maxBodyMb,
    doc: "MiB of a body that code fetches, unpacked",
  },
  {
    table: "limits",
    key: "max_error_body_kb",
    type: { kind: "number", least: 1 },
    default: defaultNetBounds.maxErrorBodyKb,
    doc: "KiB of a model server's error that are read",
  },
  {
    table: "limits",
    key: "max_request_seconds",
    type: { kind: "number", least: 0.1, most: 86400 },
    default: defaultNetBounds.maxRequestSeconds,
    doc: "seconds that one request may take in all, to a model or from code",
  },
  {
    table: "durability",
    key: "enabled",
    type: { kind: "flag" },
    default: true,
    doc: "keep sessions, so that they can be resumed",
  },
  {
    table: "durability",
    key: "storage_path",
    type: { kind: "path" },
    default: ".checkpoints",
    doc: "where sessions are kept; a relative path begins at this file's folder",
  },
  {
    table: "durability",
    key: "sync",
    type: { kind: "choice", choices: ["always", "batch", "off"] },
    default: "always",
    doc:
      "how soon the disk must have an entry: before anything is done, within 100 ms, or when the system likes",
  },
  {
    table: "durability",
    key: "keep_last_n",
    type: { kind: "number", least: 1, whole: true },
    default: 10,
    doc: "checkpoint files that stay, per session",
  },
  {
    table: "durability",
    key: "max_checkpoint_size_mb",
    type: { kind: "number", least: 1 },
    default: 100,
    doc: "a bigger checkpoint is not written; the journal alone is enough",
  },
  {
    table: "durability",
    key: "uncertain",
    type: { kind: "choice", choices: ["ask", "retry", "fail", "skip"] },
    default: "ask",
    doc: "what to do with an outside effect of which nobody knows whether it happened",
  },
  {
    table: "permissions",
    key: "net",
    type: { kind: "list", of: "hosts" },
    default: [],
    doc: 'hosts that code blocks may fetch from, as host or host:port; "*" for all public addresses',
  },
  {
    table: "permissions",
    key: "read",
    type: { kind: "list", of: "folders" },
    default: [],
    doc: "folders that they may read; relative ones begin at this file's folder",
  },
  {
    table: "permissions",
    key: "write",
    type: { kind: "list", of: "folders" },
    default: [],
    doc: "folders that they may write to",
  },
  {
    table: "permissions",
    key: "env",
    type: { kind: "list", of: "names" },
    default: [],
    doc: "environment variables that they may read",
  },
];

/** `limits.max_llm_calls`. */
export function settingName(setting: Pick<Setting, "table" | "key">): string {
  return `${setting.table}.${setting.key}`;
}

/** `PLAYBOOKS_LIMITS__MAX_LLM_CALLS`. */
export function environmentName(setting: Pick<Setting, "table" | "key">): string {
  return `PLAYBOOKS_${settingName(setting).replaceAll(".", "__").toUpperCase()}`;
}
