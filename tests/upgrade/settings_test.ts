import { assertEquals } from "@std/assert";
import { resolveConfig } from "../../src/cli/config.ts";
import { upgradeSettings } from "../../src/upgrade/mod.ts";

Deno.test("upgrade: settings of the original get their names and places, and lose no comment", () => {
  const text = `# General
max_llm_calls = 50  # a session
timeout_s = 60
artifact_result_threshold = 80

[model]
provider = "anthropic"
name = "claude-haiku"

# Turns
[model.execution]
provider = "gemini"
# The fast one
name = "gemini/gemini-3-flash"
max_completion_tokens = 4000

[model.compilation]
name = "claude-sonnet"

[langfuse]
enabled = false

[durability]
enabled = true
storage_type = "filesystem"
keep_last_n = 5
`;
  const { after, notes } = upgradeSettings({ path: "playbooks.toml", text });
  assertEquals(
    after,
    `[limits]
# General
max_llm_calls = 50 # a session
artifact_result_threshold = 80

[model.raw]
provider = "anthropic"
name = "claude-haiku"

[model]
provider = "google"
# The fast one
name = "gemini-3-flash"
max_output_tokens = 4000

[durability]
enabled = true
keep_last_n = 5

# Left out, since this version has no such settings:
# timeout_s = 60
# model.compilation.name = "claude-sonnet"
# langfuse.enabled = false
# durability.storage_type = "filesystem"
`,
  );
  assertEquals(notes.every(({ needsPerson }) => !needsPerson), true);
  assertEquals(notes.map(({ line }) => line), [2, 3, 4, 7, 8, 12, 14, 15, 18, 21, 25]);
  assertEquals(upgradeSettings({ path: "playbooks.toml", text: after }).after, after);
  const file = { path: "/p/playbooks.toml", text: after };
  const { model, rawModel, runtime } = resolveConfig({
    cwd: "/p",
    file,
    environment: {},
    isTrusted: () => true,
  });
  assertEquals([model.name, rawModel?.name, runtime.limits.maxLlmCalls], [
    "gemini-3-flash",
    "claude-haiku",
    50,
  ]);
});

Deno.test("upgrade: settings of this version, and text that is no TOML, stay as they are", () => {
  const text =
    "# mine\n[model]\nprovider = 'openai'\nname = 'gpt'   # a comment\n\n\n[limits]\nmax_llm_calls = 3\n";
  assertEquals(upgradeSettings({ path: "playbooks.toml", text }), {
    path: "playbooks.toml",
    before: text,
    after: text,
    notes: [],
  });
  const broken = upgradeSettings({ path: "playbooks.toml", text: "max_llm_calls = = 3\n" });
  assertEquals([broken.after, broken.notes[0]?.needsPerson], ["max_llm_calls = = 3\n", true]);
});
