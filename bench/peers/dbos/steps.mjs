// Steps in sequence of a workflow of DBOS, kept in Postgres.
//
//     node steps.mjs URL STEPS WORKFLOWS
//
// Each step returns 200 bytes. The workflows run side by side. Prints a line of JSON with the time from the first step to the
// last one.
import { writeSync } from "node:fs";
import { DBOS } from "@dbos-inc/dbos-sdk";

const [url, steps, workflows] = process.argv.slice(2);
const value = "x".repeat(200);
let first = Infinity;
let last = 0;

async function work() {
  for (let number = 0; number < Number(steps); number++) {
    await DBOS.runStep(() => Promise.resolve(value), { name: "step" });
    first = Math.min(first, performance.now());
    last = performance.now();
  }
}

const workflow = DBOS.registerWorkflow(work, { name: "work" });
DBOS.setConfig({ name: "bench", systemDatabaseUrl: url, logLevel: "error" });
await DBOS.launch();
const handles = [];
for (let count = 0; count < Number(workflows); count++) handles.push(await DBOS.startWorkflow(workflow)());
for (const handle of handles) await handle.getResult();
writeSync(1, `${JSON.stringify({ ms: last - first, steps: Number(steps) * Number(workflows) - 1 })}\n`);
await DBOS.shutdown();
process.exit(0);
