import { processMessages } from "../../prompt/process_messages.ts";
import type { PlaybookBuiltin } from "./builtin.ts";

export const processMessagesBuiltin: PlaybookBuiltin = {
  kind: "playbook",
  name: processMessages.name,
  doc: "Runs when messages reach an agent that waits for nothing.",
};
