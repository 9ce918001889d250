/** A program as a tool server, by the Model Context Protocol. `mcp_server_library.ts` is loaded only when one starts. */
export type {
  CallAnswer,
  CallProgress,
  CallQuestion,
  CallView,
  OfferedTool,
  ToolCalls,
} from "./tool_calls.ts";
export { CallError } from "./tool_calls.ts";
export { mcpHttpApp } from "./http_endpoint.ts";
export { serveMcpStreams } from "./stream_channel.ts";
