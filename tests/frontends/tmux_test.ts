import { assert, assertEquals } from "@std/assert";
import { countOf as count, program, Tmux, tmuxIsThere } from "../support/tmux.ts";
import { inFolder } from "../support/world.ts";

/** A model with answers that the test writes word by word. */
class WrittenModel implements AsyncDisposable {
  readonly #answers: ReadableStreamDefaultController<Uint8Array>[] = [];
  #asked = Promise.withResolvers<void>();
  readonly #server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    await request.text();
    const body = new ReadableStream<Uint8Array>({ start: (answer) => void this.#answers.push(answer) });
    this.#asked.resolve();
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  });

  get settings(): string {
    const url = `http://127.0.0.1:${this.#server.addr.port}/v1`;
    return `[model]\nprovider = "openai-compatible"\nname = "test"\nbase_url = "${url}"\n`;
  }

  /** Waits for the next request. */
  async asked(): Promise<void> {
    await this.#asked.promise;
    this.#asked = Promise.withResolvers<void>();
  }

  write(words: string): void {
    this.#send({ choices: [{ index: 0, delta: { content: words }, finish_reason: null }] });
  }

  end(): void {
    this.#send({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] });
    this.#send({ choices: [], usage: { prompt_tokens: 100, completion_tokens: 10, total_tokens: 110 } });
    this.#answers.at(-1)!.enqueue(new TextEncoder().encode("data: [DONE]\n\n"));
    this.#answers.at(-1)!.close();
  }

  #send(event: object): void {
    const whole = { id: "1", object: "chat.completion.chunk", created: 1, model: "test", ...event };
    this.#answers.at(-1)!.enqueue(new TextEncoder().encode(`data: ${JSON.stringify(whole)}\n\n`));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

const files = {
  "greet.pb":
    "# Host\nGreets.\n\n## Main\n### Triggers\n- At the beginning\n### Steps\n- Ask the user for $name\n" +
    "- Greet the user\n- End program\n",
};

for (const size of [[80, 24], [40, 12]] as const) {
  Deno.test({
    name: `tmux: in a terminal of ${size[0]} columns words grow, appear once, and do not touch the prompt`,
    ignore: !tmuxIsThere,
    fn: () =>
      inFolder(files, async (folder) => {
        await using model = new WrittenModel();
        await Deno.writeTextFile(`${folder}/playbooks.toml`, model.settings);
        await using tmux = new Tmux();
        await tmux.open(folder, [...program, "run", "greet.pb"], size);
        await tmux.see("that the model is at work", (lines) => count(lines, "thinking") === 1);
        await model.asked();
        model.write('```js\nStep("01");\nawait Say("user", "Grüß Gott, 天地! What is');
        await tmux.see("the first words", (lines) => lines.includes("Grüß Gott, 天地! What is"));
        model.write(" your name, and how are you today?\");\nconst name = await Yield('user');\n```");
        await tmux.see("all words", (lines) => count(lines.slice(1), "today?") === 1);
        model.end();
        const asked = await tmux.see("the prompt", (lines) => lines.at(-1) === "User:");
        assertEquals(count(asked, "Grüß Gott"), 1);
        await tmux.type("-l", "Zoë");
        await tmux.see("what was typed", (lines) => lines.at(-1) === "User: Zoë");
        await tmux.type("Enter");
        await tmux.see("that the model is at work", (lines) => count(lines, "thinking") === 1);
        await model.asked();
        model.write('await Say("user", `Welcome, ${name}!\nYou have come far, and must be tired.`);\n');
        await tmux.see("the words below the reply", (lines) => {
          return lines.indexOf("Welcome, …!") === lines.indexOf("User: Zoë") + 1;
        });
        await tmux.resize(size[0] + 7, size[1]);
        model.write("EndProgram();");
        model.end();
        const ended = await tmux.see("the end", (lines) => count(lines, "Spent") === 1);
        assertEquals(
          ["Grüß Gott", "User: Zoë", "Welcome, Zoë!", "Welcome", "tired.", "thinking", "writing"].map((
            words,
          ) => count(ended, words)),
          [1, 1, 1, 1, 1, 0, 0],
        );
      }),
  });
}

const twoPersons = `# Host
\`\`\`js
/** @trigger At the beginning */
export async function Begin() {
  await Say("Ann", "Which day?");
  const [ann, ben] = await Promise.all([Yield("Ann"), Yield("Ben")]);
  await Say("Ben", ann + " and " + ben);
}
\`\`\`

# Ann:Human
name: Dr. Ann

# Ben:Human
`;

Deno.test({
  name: "tmux: with two persons the prompt names who answers, Tab chooses, and @Name answers",
  ignore: !tmuxIsThere,
  fn: () =>
    inFolder({ "two.pb": twoPersons }, async (folder) => {
      await using tmux = new Tmux();
      await tmux.open(folder, [...program, "run", "two.pb"], [80, 24]);
      const asked = await tmux.see(
        "the prompt for both",
        (lines) => lines.at(-1) === "Dr. Ann → Host(1000):" && lines.at(-2)!.startsWith("Asked"),
      );
      assertEquals(asked.slice(-4, -1), [
        "[Host(1000) → Dr. Ann]",
        "Which day?",
        "Asked: Dr. Ann by Host(1000), Ben by Host(1000) · Tab or @Name chooses who ans…",
      ]);
      await tmux.type("-l", "Mon");
      await tmux.type("Tab");
      await tmux.see("the other prompt", (lines) => lines.at(-1) === "Ben → Host(1000):");
      await tmux.type("-l", "Tue");
      await tmux.type("Enter");
      await tmux.see("the kept text", (lines) => lines.at(-1) === "Dr. Ann → Host(1000): Mon");
      await tmux.type("C-u");
      await tmux.type("-l", "@ann Fri");
      await tmux.type("Enter");
      const ended = await tmux.see("the end", (lines) => lines.includes("Fri and Tue"));
      for (const line of ["Ben → Host(1000): Tue", "Dr. Ann → Host(1000): Fri", "[Host(1000) → Ben]"]) {
        assertEquals(count(ended, line), 1, line);
      }
    }),
});

Deno.test({
  name: "tmux: Ctrl+C in the middle of words removes them",
  ignore: !tmuxIsThere,
  fn: () =>
    inFolder(files, async (folder) => {
      await using model = new WrittenModel();
      await Deno.writeTextFile(`${folder}/playbooks.toml`, model.settings);
      await using tmux = new Tmux();
      await tmux.open(folder, [...program, "run", "greet.pb"], [60, 20]);
      await tmux.see("that the model is at work", (lines) => count(lines, "thinking") === 1);
      await model.asked();
      model.write('Say("user", "one\\ntwo\\nthree');
      await tmux.see("three lines", (lines) => lines.includes("three"));
      await tmux.type("C-c");
      const lines = await tmux.see("how to resume", (lines) => count(lines, "Resume with") === 1);
      assert(!lines.includes("two") && !lines.includes("three"), lines.join("\n"));
      assertEquals(count(lines, "writing"), 0);
    }),
});

const asksTwice = `# Host
\`\`\`js
/** @trigger At the beginning */
export async function Begin() {
  await Say("user", "**Name?**");
  const name = await Yield("user");
  await Say("user", "Hello " + name);
  await Sleep(2);
  await Say("user", "You said " + await Yield("user"));
  await Yield("user");
}
\`\`\`
`;

for (const size of [[80, 24], [120, 40], [20, 30]] as const) {
  Deno.test({
    name: `tmux: in ${
      size[0]
    } columns Ctrl+C clears a text, early words are queued, and a resume shows the last words`,
    ignore: !tmuxIsThere,
    fn: () =>
      inFolder({ "twice.pb": asksTwice }, async (folder) => {
        await using tmux = new Tmux();
        await tmux.open(folder, [...program, "run", "twice.pb", "--name", "day"], size);
        await tmux.see("the prompt", (lines) => lines.at(-1) === "User:" && lines.includes("Name?"));
        await tmux.type("-l", "wrong");
        await tmux.see("the text", (lines) => lines.at(-1) === "User: wrong");
        await tmux.type("C-c");
        await tmux.see("an empty prompt", (lines) => lines.at(-1) === "User:");
        await tmux.type("-l", "a");
        await tmux.type("M-Enter");
        await tmux.type("-l", "b");
        await tmux.see("two lines", (lines) => lines.at(-2) === "User: a" && lines.at(-1)!.trim() === "b");
        await tmux.type("Enter");
        await tmux.see("the answer", (lines) => lines.includes("Hello a"));
        await tmux.type("-l", "early");
        await tmux.see("the early text", (lines) => lines.includes("Later: early"));
        await tmux.type("Enter");
        await tmux.see("the queued text as an answer", (lines) => lines.includes("You said early"));
        await tmux.see("the last prompt", (lines) => lines.at(-1) === "User:");
        await tmux.type("C-d");
        const ended = await tmux.see("the end", (lines) =>
          lines.join("").replaceAll(" ", "").includes("Resumewith:playbooksresume"));
        assert(ended.join("").includes("Suspended"), ended.join("\n"));
        await tmux.restart([...program, "resume", "day"]);
        const resumed = await tmux.see("the prompt again", (lines) =>
          lines.at(-1) === "User:");
        const earlier = resumed.slice(resumed.findLastIndex((line) => line.startsWith("── earlier")));
        assertEquals(earlier.slice(1, -2).map((line) => line.trim()), [
          "Host: Name?",
          "User: a",
          "b",
          "Host: Hello a",
          "b",
          "User: early",
          ...(size[0] === 20 ? ["Host: You said", "early"] : ["Host: You said early"]),
        ]);
        assert(count(resumed, "── now") === 1);
      }),
  });
}
