import { defineCommand } from "../../command.ts";
import { readServeOptions, serveFlags } from "./flags.ts";

/** `playbooks serve`. */
export const serveCommand = defineCommand({
  name: "serve",
  operands: "[FILES…]",
  completes: "files",
  operandCount: { min: 0, max: Infinity },
  summary: "offer programs and sessions over HTTP",
  detail: `Each of FILES is a program that clients can start. The API starts, lists, watches, answers, stops,
resumes and forks the sessions of the storage; GET /v1/openapi.json describes it. Sessions run in this
process. At Ctrl+C they stop, and go on at the next start.

Only this machine can connect, with the token in the printed address.`,
  flags: serveFlags,
  examples: [
    "playbooks serve examples/negotiation.pb",
    "playbooks serve *.pb --port 8080 --host 0.0.0.0 --token-file token",
  ],
  asksModels: true,
  read: readServeOptions,
  load: async () => {
    const { serve } = await import("./serve.ts");
    return (options, world) => serve(options, world);
  },
});
