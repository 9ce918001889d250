// Steps in sequence as `ctx.run` of one Restate handler.
//
//     node service.mjs PORT STEPS [--resume]
//
// Each step returns 200 bytes and prints a line of JSON. The step after the last one reports that it holds, and does not
// end. So the process can be killed after an exact number of steps. With --resume it does not hold.
import { writeSync } from "node:fs";

// The SDK expects Node 22. Node 20 lacks only this.
Promise.withResolvers ??= () => {
  const deferred = {};
  deferred.promise = new Promise((resolve, reject) => Object.assign(deferred, { resolve, reject }));
  return deferred;
};
const restate = await import("@restatedev/restate-sdk");

const [port, count, flag] = process.argv.slice(2);
const steps = Number(count);
const resumes = flag === "--resume";
const value = "x".repeat(200);

const say = (line) => writeSync(1, `${JSON.stringify(line)}\n`);
const now = () => performance.timeOrigin + performance.now();

const bench = restate.service({
  name: "bench",
  handlers: {
    steps: async (ctx) => {
      for (let number = 0; number < steps + 10; number++) {
        await ctx.run("step", async () => {
          if (number === steps && !resumes) {
            say({ holds: number, at: now() });
            await new Promise((resolve) => setTimeout(resolve, 2 ** 30));
          }
          say({ step: number, at: now() });
          return value;
        });
      }
      say({ ended: true });
      return "done";
    },
  },
});

await restate.serve({ services: [bench], port: Number(port) });
say({ pid: process.pid });
