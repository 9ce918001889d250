// Steps in sequence as tasks of LangGraph's functional API, kept by its SQLite saver.
//
//     node steps.mjs FOLDER STEPS [--resume]
//
// Each step returns 200 bytes and prints a line of JSON. The step after the last one reports that it holds, and does not
// end. So the process can be killed after an exact number of steps. With --resume the workflow continues, in a process that
// does not hold.
import { writeSync } from "node:fs";
import { join } from "node:path";
import { entrypoint, task } from "@langchain/langgraph";
import { SqliteSaver } from "@langchain/langgraph-checkpoint-sqlite";

const [folder, count, flag] = process.argv.slice(2);
const steps = Number(count);
const resumes = flag === "--resume";
const value = "x".repeat(200);

const say = (line) => writeSync(1, `${JSON.stringify(line)}\n`);
const now = () => performance.timeOrigin + performance.now();

const saver = SqliteSaver.fromConnString(join(folder, "steps.sqlite3"));
saver.setup();
// The saver sets up a write-ahead log. This build of SQLite does not sync it at a commit, so a step would not wait for the
// disk.
saver.db.pragma("synchronous = FULL");

const step = task("step", async (number) => {
  if (number === steps && !resumes) {
    say({ holds: number, at: now() });
    await new Promise((resolve) => setTimeout(resolve, 2 ** 30));
  }
  say({ step: number, at: now() });
  return value;
});

const workflow = entrypoint({ name: "steps", checkpointer: saver }, async () => {
  for (let number = 0; number < steps + 10; number++) await step(number);
  return "done";
});

say({ pid: process.pid });
await workflow.invoke(resumes ? null : "begin", {
  configurable: { thread_id: "1" },
  durability: "sync",
  recursionLimit: 1_000_000,
});
say({ ended: true });
