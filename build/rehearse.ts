/** Runs the program with arguments and waits for its end. */
export type Run = (args: readonly string[], options: Deno.CommandOptions) => Promise<Deno.CommandOutput>;

/** Lets `record.ts` see the common ways: a check, a rehearsal, a run with a model that stops in the middle, its resume. */
export async function recordRuns(run: Run): Promise<void> {
  const folder = await Deno.makeTempDir();
  await using server = modelServer();
  const settings = `[model]\nprovider = "openai-compatible"\nname = "x"\napi_key_env = "KEY"\n` +
    `base_url = "http://127.0.0.1:${server.addr.port}/v1"\n`;
  try {
    const expect = async (status: number, args: readonly string[], limits: Record<string, string> = {}) => {
      const env = { HOME: folder, KEY: "key", PLAYBOOKS_TRUST: "1", ...limits };
      const { code, stderr } = await run(args, { cwd: folder, env });
      const error = `Cannot record "${args.join(" ")}": ${new TextDecoder().decode(stderr)}`;
      if (code !== status) throw new Error(error);
    };
    await Deno.writeTextFile(`${folder}/x.pb`, program);
    await expect(0, ["check", "x.pb"]);
    await expect(0, ["run", "x.pb"]);
    await Deno.writeTextFile(`${folder}/playbooks.toml`, settings);
    await expect(1, ["run", "x.pb"], { PLAYBOOKS_LIMITS__MAX_LLM_CALLS: "2" });
    await expect(0, ["run", "x.pb", "--resume"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const program = `# Record

\`\`\`js
/** @trigger At the beginning */
export async function Begin() {
  for (let count = 0; count < 4; count++) {
    (state.items ??= []).push("x");
    await SaveArtifact("a", "", "x".repeat(200));
    await Say("user", await Fact(count));
  }
}
\`\`\`

## Fact($number)
### Steps
- Tell the user about $number
- Return a fact about $number
`;

/** A server of chat completions. Each answer is one turn of the program. */
function modelServer(): Deno.HttpServer<Deno.NetAddr> {
  const chunk = (delta: object, finish: string | null) =>
    `data: ${JSON.stringify({ id: "1", choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
  const answer = 'Step("01");\nawait Say("user", "A fact");\nReturn("The fact");\n';
  const body = `${chunk({ role: "assistant", content: answer }, null)}${chunk({}, "stop")}data: [DONE]\n\n`;
  return Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    () => new Response(body, { headers: { "content-type": "text/event-stream" } }),
  );
}
