/**
 * Makes the binary from the packed program (see `pack.ts`) with the command that is given: `deno compile` and its flags, and at
 * the end perhaps `--output FILE` and `--target TARGET`.
 *
 * V8's machine code is made by a program that is compiled as the binary is, since only the same engine with the same flags takes
 * it. For another system than this one it cannot be made here, and the binary compiles its scripts itself.
 *
 *     deno task compile --target x86_64-pc-windows-msvc
 */
import { withArchive } from "./archive.ts";

const program = "dist/program";
const packed = `${program}/packed`;

if (import.meta.main) await main(Deno.args);

async function main(args: readonly string[]): Promise<void> {
  const output = valueOf("--output", args) ?? "dist/playbooks";
  const target = valueOf("--target", args);
  const own = new Set(["--output", output, "--target", target]);
  const [, compile, ...flags] = args.filter((arg) => !own.has(arg));
  if (compile !== "compile") {
    tell(Deno.stderr, "Cannot make the binary: say deno task compile, which gives the command to do it with");
    Deno.exit(2);
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
async function compiled(script: string, output: string, flags: readonly string[]): Promise<void> {
  await deno(["compile", "--quiet", ...flags, "-o", output, script]);
  const files = [...Deno.readDirSync(packed)].map(({ name }) => name).sort()
    .map((name) => ({ name, bytes: Deno.readFileSync(`${packed}/${name}`) }));
  const whole = await Deno.readFile(output).then((bytes) => withArchive(bytes, files), () => undefined);
  if (whole === undefined) {
    await deno(["compile", "--quiet", ...flags, "--include", packed, "-o", output, script]);
    return;
  }
  await Deno.writeFile(`${output}.tmp`, whole, { mode: 0o755 });
  await Deno.rename(`${output}.tmp`, output);
}

function valueOf(flag: string, args: readonly string[]): string | undefined {
  const at = args.lastIndexOf(flag);
  return at < 0 ? undefined : args[at + 1];
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
