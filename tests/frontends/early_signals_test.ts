import { assertEquals } from "@std/assert";

const main = "../../src/frontends/early_signals.ts";

/** A program that is stopped by its own signal while it loads. */
async function stopped(
  args: readonly string[],
  signal: Deno.Signal,
  { takesOver = false }: { readonly takesOver?: boolean } = {},
) {
  const path = JSON.stringify(new URL(main, import.meta.url).href);
  const code = `
    const { catchEarlySignals, takeOverSignals } = await import(${path});
    catchEarlySignals(${JSON.stringify(args)});
    catchEarlySignals(${JSON.stringify(args)});
    Deno.kill(Deno.pid, "${signal}");
    ${takesOver ? `Deno.addSignalListener("${signal}", () => Deno.exit(42)); takeOverSignals();` : ""}
    setInterval(() => {}, 1000);`;
  const { stdout, code: exit, signal: by } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--quiet", "--no-check", code],
    stderr: "inherit",
  }).output();
  return { stdout: new TextDecoder().decode(stdout), exit, by };
}

for (const [signal, exit] of [["SIGTERM", 143], ["SIGINT", 130]] as const) {
  Deno.test({
    name:
      `early signals: ${signal} before the run listens gives --json its last line, once, and exit ${exit}`,
    ignore: Deno.build.os === "windows",
    fn: async () => {
      const runs = [
        ["run", "a.pb", "--json"],
        ["a.pb", "--json"],
        ["resume", "--json"],
        ["sessions", "fork", "x", "--run", "--json"],
      ];
      for (const args of runs) {
        const { stdout, ...end } = await stopped(args, signal);
        const { time, ...line } = JSON.parse(stdout);
        assertEquals(end.exit, exit, args.join(" "));
        assertEquals(line, { type: "end", schema: 1, session: null, status: "stopped", exit, position: 0 });
        assertEquals(new Date(time).toISOString(), time);
      }
    },
  });

  Deno.test({
    name: `early signals: ${signal} that came before the run listens reaches the run, not both`,
    ignore: Deno.build.os === "windows",
    fn: async () => {
      const { stdout, exit } = await stopped(["run", "a.pb", "--json"], signal, { takesOver: true });
      assertEquals([stdout, exit], ["", 42]);
    },
  });

  Deno.test({
    name: `early signals: ${signal} ends other commands as the system does, without a word`,
    ignore: Deno.build.os === "windows",
    fn: async () => {
      for (const args of [["run", "a.pb"], ["sessions", "list", "--json"], ["doctor", "--json"], []]) {
        const { stdout, by } = await stopped(args, signal);
        assertEquals([stdout, by], ["", signal], args.join(" "));
      }
    },
  });
}
