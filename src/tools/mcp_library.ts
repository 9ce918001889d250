export * as client from "@modelcontextprotocol/client";
export * as tasks from "@modelcontextprotocol/ext-tasks/client";
// This validator reads a schema; the other one makes code of it, and a schema comes from a server.
export * as validators from "@modelcontextprotocol/client/validators/cf-worker";
