/**
 * Makes the binary from the packed program (see `pack.ts`) with the command that is given: `deno compile` and its flags, and at
 * the end perhaps `--output FILE` and `--target TARGET`.
 *
 * V8's machine code is made by a program that is compiled as the binary is, since only the same engine with the same flags takes
 * it. For another system than this one it cannot be made here, and the binary compiles its scripts itself.
 */
import { withArchive } from "./archive.ts";
import { workers } from "./pack.ts";

const program = "dist/program";
const packed = `${program}/packed`;

if (import.meta.main) await main(Deno.args);

async function main(args: readonly string[]): Promise<void> {
  const output = valueOf("--output", args) ?? "dist/playbooks";
  const target = valueOf("--target", args);
  const own = new Set(["--output", output, "--target", target]);
  const [, compile, ...flags] = args.filter((arg) => !own.has(arg));
  if (compile !== "compile") {
    refuse("say deno task compile, which gives the command to do it with");
  }
  await deno(["run", "--quiet", ...flags, `${program}/ahead.js`, "machine", program]);
  if (target === undefined) {
    await compiled(`${program}/ahead.js`, "dist/ahead", flags);
    await run("dist/ahead", ["code", program]);
  }
  await compiled(`${program}/main.js`, output, target === undefined ? flags : [...flags, "--target", target]);
  tell(Deno.stdout, `Made ${output}`);
}

/** Compiles a script together with the packed files, which on Linux stand where no start reads them. */
async function compiled(script: string, output: string, given: readonly string[]): Promise<void> {
  const flags = [...given, ...workers.flatMap((worker) => ["--include", `${program}/${worker}`])];
  await deno(["compile", "--quiet", ...flags, "-o", output, script]);
  const files = [...Deno.readDirSync(packed)].map(({ name }) => name).sort()
    .map((name) => ({ name, bytes: Deno.readFileSync(`${packed}/${name}`) }));
  const whole = withArchive(await readProgram(output), files);
  if (whole === undefined) {
    await deno(["compile", "--quiet", ...flags, "--include", packed, "-o", output, script]);
    return;
  }
  await Deno.writeFile(`${output}.tmp`, whole, { mode: 0o755 });
  await Deno.rename(`${output}.tmp`, output);
}

/** For Windows Deno adds `.exe` to the name; such a program takes no archive in any case. */
async function readProgram(path: string): Promise<Uint8Array> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return new Uint8Array();
  }
}

function valueOf(flag: string, args: readonly string[]): string | undefined {
  const at = args.lastIndexOf(flag);
  const value = args[at + 1];
  if (at >= 0 && (value === undefined || value.startsWith("-"))) refuse(`${flag} needs a value`);
  return at < 0 ? undefined : value;
}

function refuse(reason: string): never {
  tell(Deno.stderr, `Cannot make the binary: ${reason}`);
  Deno.exit(2);
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
