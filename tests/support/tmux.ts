/** Whether this machine has tmux. */
export const tmuxIsThere = await (async () => {
  try {
    return (await new Deno.Command("tmux", { args: ["-V"], stdout: "null", stderr: "null" }).output())
      .success;
  } catch {
    return false;
  }
})();

/** The program, from its source or compiled. */
export const program = commandLine(Deno.env.get("PLAYBOOKS_BINARY"));

function commandLine(binary: string | undefined): readonly string[] {
  if (binary !== undefined) return [binary];
  const [configuration, main] = ["deno.json", "main.ts"].map((name) =>
    new URL(`../../${name}`, import.meta.url).pathname
  );
  return [Deno.execPath(), "run", "--quiet", `--config=${configuration}`, "-P", main!];
}

/** A real terminal that runs only the program. */
export class Tmux implements AsyncDisposable {
  readonly #server = `playbooks-${crypto.randomUUID().slice(0, 8)}`;

  async open(folder: string, command: readonly string[], [columns, rows]: readonly [number, number]) {
    // The screen stays visible after the program has ended.
    await this.#tmux(
      "-f",
      "/dev/null",
      "start-server",
      ";",
      "set-option",
      "-g",
      "remain-on-exit",
      "on",
      ";",
      "set-option",
      "-g",
      "status",
      "off",
      ";",
      "new-session",
      "-d",
      "-s",
      "test",
      "-x",
      `${columns}`,
      "-y",
      `${rows}`,
      "-c",
      folder,
      ...command,
    );
  }

  /** Runs another command in the terminal, in place of the first one. */
  restart(command: readonly string[]): Promise<string> {
    return this.#tmux("respawn-pane", "-k", "-t", "test", ...command);
  }

  type(...keys: readonly string[]): Promise<string> {
    return this.#tmux("send-keys", "-t", "test", ...keys);
  }

  resize(columns: number, rows: number): Promise<string> {
    return this.#tmux("resize-window", "-t", "test", "-x", `${columns}`, "-y", `${rows}`);
  }

  /** The non-empty lines, also those scrolled away, once `expected` is true for them. */
  async see(
    what: string,
    expected: (lines: readonly string[]) => boolean | Promise<boolean>,
  ): Promise<readonly string[]> {
    let lines: readonly string[] = [];
    for (const deadline = Date.now() + maxWaitMs; Date.now() < deadline;) {
      const text = await this.#tmux("capture-pane", "-p", "-S", "-", "-t", "test");
      lines = text.split("\n").map((line) => line.trimEnd()).filter((line) => line !== "");
      if (await expected(lines)) return lines;
      // A screen does not signal its changes, so this has to poll.
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    throw new Error(`The terminal does not show ${what}:\n${lines.join("\n")}`);
  }

  /** The screen as it is now, without empty lines at its end. */
  async screen(): Promise<string> {
    const text = await this.#tmux("capture-pane", "-p", "-t", "test");
    return text.split("\n").map((line) => line.trimEnd()).join("\n").trimEnd();
  }

  /** Sends a signal to the program. */
  async kill(signal: Deno.Signal): Promise<void> {
    Deno.kill(Number(await this.#tmux("display-message", "-p", "-t", "test", "#{pane_pid}")), signal);
  }

  /** Waits for the end of the program. Returns its exit code, if tmux knows it (not always), and whether the alternate screen is still shown. */
  async end(): Promise<{ readonly exit?: number; readonly isAlternate: boolean }> {
    await this.see("the end", async () => await this.ask("#{pane_dead}") === "1");
    const [exit, alternate] = (await this.ask("#{pane_dead_status},#{alternate_on}")).split(",");
    return { ...(exit ? { exit: Number(exit) } : {}), isAlternate: alternate === "1" };
  }

  /** The value of a format of tmux, such as `#{alternate_on}`. */
  async ask(format: string): Promise<string> {
    return (await this.#tmux("display-message", "-p", "-t", "test", format)).trim();
  }

  /** Ends the program first, so that it writes no more into a folder that the test then removes. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      if (await this.ask("#{pane_dead}") === "0") {
        // It may end by itself in the meantime.
        await this.kill("SIGKILL").catch(() => {});
        await this.end();
      }
    } finally {
      await this.#tmux("kill-server");
    }
  }

  async #tmux(...args: readonly string[]): Promise<string> {
    const env = { LC_ALL: "C.UTF-8", TERM: "xterm-256color", SHELL: "/bin/sh" };
    const command = new Deno.Command("tmux", {
      args: ["-u", "-L", this.#server, ...args],
      env,
      stdin: "null",
    });
    const { success, stdout, stderr } = await command.output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
    return new TextDecoder().decode(stdout);
  }
}

const maxWaitMs = 20_000;

/** How often the lines have some words. */
export function countOf(lines: readonly string[], words: string): number {
  return lines.join("\n").split(words).length - 1;
}
