import type { Playbook } from "../language/mod.ts";

/** The builtin playbook that runs when messages reach an idle agent. */
export const processMessages: Playbook = {
  name: "ProcessMessages",
  title: "ProcessMessages",
  mode: "react",
  parameters: [{ name: "messages", state: false, optional: false }],
  description: [
    "Messages have reached you, and nothing of yours waited for them. For each of them, in order:",
    "- if a trigger applies, call its playbook; say the result to the sender if an answer is expected",
    "- else answer from your role with Say, if the sender waits for an answer or one is due",
    "- else do nothing",
    "Then Return.",
  ].join("\n"),
  placeholders: [],
  triggers: [],
  steps: [],
  notes: [],
  metadata: {},
  public: false,
  hidden: true,
  meeting: false,
  source: "",
  location: { file: "builtin", line: 1, column: 1 },
};
