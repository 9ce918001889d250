export {
  CLIENT_CAPABILITIES_META_KEY,
  createMcpHandler,
  isLegacyRequest,
  parseJSONRPCMessage,
  ProtocolError,
  ProtocolErrorCode,
  RELATED_TASK_META_KEY,
  Server,
  WebStandardStreamableHTTPServerTransport,
} from "@modelcontextprotocol/server";
export { serveStdio } from "@modelcontextprotocol/server/stdio";
// This validator reads a schema; the other one makes code of it.
export { CfWorkerJsonSchemaValidator } from "@modelcontextprotocol/server/validators/cf-worker";
export { z as zod } from "zod";
