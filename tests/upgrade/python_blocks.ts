import { loadStripTypes } from "../../src/language/mod.ts";
import { upgradeProgram } from "../../src/upgrade/mod.ts";
import { reservedNames } from "../../src/engine/builtins/table.ts";

/** A block of Python with what its `main()` prints. */
export interface PythonExample {
  readonly title: string;
  readonly source: string;
  readonly prints: string;
}

/** Reads the examples of `tests/testdata/upgrade/blocks.txt`. */
export async function readExamples(): Promise<readonly PythonExample[]> {
  const text = await Deno.readTextFile("tests/testdata/upgrade/blocks.txt");
  return text.split(/^=== /m).slice(1).map((part) => {
    const [head, prints = ""] = part.split("\n--- prints\n");
    const end = head!.indexOf("\n");
    return { title: head!.slice(0, end), source: head!.slice(end + 1), prints: prints.trimEnd() };
  });
}

/** What stands around a block in Python: the functions of the original's runtime. `main` is called after it. */
export function asScript(source: string): string {
  return `import asyncio as _a, inspect as _i
class _M:
    def __init__(self, content): self.content = content
class _S: pass
class _A: state = _S()
agent = self = _A()
_replies = iter(${JSON.stringify(replies)})
def playbook(*a, **k):
    return a[0] if a and callable(a[0]) else (lambda f: f)
async def Say(target, message): print(f"{target}: {message}")
async def WaitForMessage(source): return [_M(next(_replies))]
async def Echo(value): return value
${withoutEarlyDecorators(source)}
_r = main()
if _i.iscoroutine(_r): _a.run(_r)
`;
}

const replies = ["12a", "1234"];

/** The original accepted a decorator above an import; Python does not. */
function withoutEarlyDecorators(source: string): string {
  return source.replace(/^@playbook\n(?=import )/gm, "");
}

/** Upgrades a program with the block, and returns the code of its TypeScript block. */
export async function upgradedCode(source: string): Promise<string> {
  const text = `# Agent\n\n\`\`\`python\n${source}\n\`\`\`\n\n## Echo($value)\n- Return $value\n`;
  const { after } = await upgradeProgram({ path: "a.pb", text }, new Set(reservedNames));
  const code = /^```ts\n([^]*?)^```$/m.exec(after)?.[1];
  if (code === undefined) throw new Error(`There is no ts block in:\n${after}`);
  return code;
}

/** Runs upgraded code with functions that stand for those of the runtime, and returns what `main()` prints. */
export async function run(code: string): Promise<string> {
  const strip = await loadStripTypes();
  const script = strip(code).replace(/^export /gm, "");
  const lines: string[] = [];
  const left = [...replies];
  const files = new Map<string, string>();
  const read = (path: string) => {
    const text = files.get(path);
    if (text === undefined) throw new Error(`There is no file ${path}`);
    return Promise.resolve(text);
  };
  const append = (path: string, text: string) => {
    files.set(path, (files.get(path) ?? "") + text);
    return Promise.resolve();
  };
  const world: Readonly<Record<string, unknown>> = {
    console: { log: (...values: unknown[]) => lines.push(values.map(String).join(" ")) },
    state: {},
    Sleep: () => Promise.resolve(),
    readTextFile: read,
    appendTextFile: append,
    writeTextFile: (path: string, text: string) => {
      files.set(path, text);
      return Promise.resolve();
    },
    env: () => Promise.resolve(undefined),
    Say: (target: string, text: string) => {
      lines.push(`${target}: ${text}`);
      return Promise.resolve();
    },
    WaitForMessage: () => Promise.resolve([{ text: left.shift() }]),
    Echo: (value: unknown) => Promise.resolve(value),
  };
  const body = `return (async () => {\n${script}\nawait main();\n})();`;
  await new Function(...Object.keys(world), body)(...Object.values(world));
  return lines.join("\n");
}
