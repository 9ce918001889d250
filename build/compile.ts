/**
 * Makes the binary from the packed program (see `pack.ts`): `deno task compile [--output FILE] [--target TARGET]`.
 *
 * V8's machine code is made by a program that is compiled as the binary is, since only the same engine with the same flags takes
 * it. For another system than this one it cannot be made here, and the binary compiles its scripts itself.
 */
// @ts-types="#types/parse_args.d.ts"
import { parseArgs } from "@std/cli/parse-args";
import { withArchive } from "./archive.ts";

/** What every run may need; `src/cli/play_session.ts` gives up what one does not. */
const permissions = [
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-net",
  "--allow-run",
  "--allow-sys",
];
const flags = [
  "--no-config",
  "--unstable-kv",
  "--no-prompt",
  ...permissions,
  "--v8-flags=--min-semi-space-size=16",
];
const program = "dist/program";
const packed = `${program}/packed`;

if (import.meta.main) {
  const { output = "dist/playbooks", target } = parseArgs(Deno.args, {
    string: ["output", "target"],
  }) as Options;
  const forTarget = target === undefined ? [] : ["--target", target];
  await deno(["run", "--quiet", ...flags, `${program}/ahead.js`, "machine", program]);
  if (target === undefined) {
    await compile(`${program}/ahead.js`, "dist/ahead", []);
    await run("dist/ahead", ["code", program]);
  }
  await compile(`${program}/main.js`, output, forTarget);
  tell(Deno.stdout, `Made ${output}`);
}

interface Options {
  readonly output?: string;
  readonly target?: string;
}

/** Compiles a script together with the packed files, which on Linux stand where no start reads them. */
async function compile(script: string, output: string, more: readonly string[]): Promise<void> {
  await deno(["compile", "--quiet", ...flags, ...more, "-o", output, script]);
  const files = [...Deno.readDirSync(packed)].map(({ name }) => name).sort()
    .map((name) => ({ name, bytes: Deno.readFileSync(`${packed}/${name}`) }));
  const whole = await Deno.readFile(output).then((bytes) => withArchive(bytes, files), () => undefined);
  if (whole === undefined) {
    await deno(["compile", "--quiet", ...flags, ...more, "--include", packed, "-o", output, script]);
    return;
  }
  await Deno.writeFile(`${output}.tmp`, whole, { mode: 0o755 });
  await Deno.rename(`${output}.tmp`, output);
}

function deno(args: readonly string[]): Promise<void> {
  return run(Deno.execPath(), args);
}

async function run(command: string, args: readonly string[]): Promise<void> {
  const { success, code } = await new Deno.Command(command, { args: [...args], stdin: "null" }).spawn()
    .status;
  if (success) return;
  tell(Deno.stderr, `Cannot make the binary: ${command} ${args[0]} ended with ${code}`);
  Deno.exit(1);
}

function tell(stream: typeof Deno.stdout, line: string): void {
  stream.writeSync(new TextEncoder().encode(`${line}\n`));
}
