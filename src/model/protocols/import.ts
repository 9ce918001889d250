import type { Connection } from "../connection.ts";
import type { Protocol } from "../providers.ts";
import type { OpenedProtocol } from "./protocol.ts";

/** Loads a protocol and returns its open function. Each provider's package is large, so only its own models load it. */
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
