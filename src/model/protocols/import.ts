import type { Connection } from "../connection.ts";
import type { Protocol } from "../providers.ts";
import type { OpenedProtocol } from "./protocol.ts";

/** Loads a protocol, and gives what opens it. Each provider's package is large, and is loaded for its own models alone. */
export async function importProtocol(
  protocol: Protocol,
): Promise<(connection: Connection) => OpenedProtocol> {
  switch (protocol) {
    case "anthropic":
      return (await import("./anthropic.ts")).openAnthropic;
    case "openai":
      return (await import("./openai.ts")).openOpenAI;
    case "google":
      return (await import("./google.ts")).openGoogle;
    case "chat":
      return (await import("./chat.ts")).openChat;
  }
}
