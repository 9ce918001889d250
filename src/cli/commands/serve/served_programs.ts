import { basename, extname, resolve } from "@std/path";
import { messageOf, PlaybooksError } from "../../../errors.ts";
import { HttpError, type ServedProgram, type SessionStart } from "../../../frontends/http/mod.ts";
import type { Parameter, Problem } from "../../../language/mod.ts";
import { checkName, realPaths, type SessionRequest, type SessionStore } from "../../../store/mod.ts";
import { parameterType } from "../../parameter_types.ts";
import { programEntry } from "../../parameters.ts";
import { type ProgramSource, readConfigured, takesStartupMessage } from "../../read_program.ts";
import { locationOf } from "../../stored_sessions.ts";
import type { World } from "../../world.ts";
import { beginQueued } from "../run/detach.ts";
import { type Beginning, checkServers, trustedConfig } from "../run/job.ts";
import { withoutFlags } from "../../host/session_host.ts";
import type { RunCommand } from "../run/options.ts";
import { parameterTexts } from "../run/program_help.ts";
import type { RunChannels } from "../run/run_channels.ts";
import type { ServeOptions } from "./options.ts";
import { asRequestError, requestWords } from "./request_errors.ts";
import { fieldOfFlag, startParameters } from "./start_parameters.ts";

/** The programs that clients of a server can start. Each is a file, which is read again at each start. */
export class ServedPrograms {
  /** By name. */
  readonly #files: ReadonlyMap<string, string>;
  readonly #world: World;
  readonly #store: SessionStore;
  readonly #trust: boolean;
  readonly #options: { readonly config?: string };

  constructor(
    files: readonly string[],
    { world, options: { trust, config }, store }: {
      readonly world: World;
      readonly options: Pick<ServeOptions, "trust" | "config">;
      /** The storage of the server. */
      readonly store: SessionStore;
    },
  ) {
    this.#files = namedFiles(files);
    // A server has nobody at its terminal: the message of a start is all input.
    this.#world = { ...world, stdin: { ...world.stdin, isTerminal: () => true } };
    this.#store = store;
    this.#trust = trust;
    this.#options = config === undefined ? {} : { config };
  }

  async list(): Promise<readonly ServedProgram[]> {
    const programs: ServedProgram[] = [];
    for (const [name, path] of this.#files) programs.push(await this.#describe(name, path));
    return programs;
  }

  /** Makes and queues a session, and returns its id. Throws a `PlaybooksError` or an `HttpError` for a wrong request. */
  async begin(start: SessionStart, request: SessionRequest | undefined): Promise<string> {
    const path = this.#pathOf(start.program);
    const { name, model, message, call } = start;
    const command: RunCommand = {
      ...detached,
      files: [path],
      parameters: {},
      trust: this.#trust,
      ...(name === undefined ? {} : { name: checkName(name) }),
      ...(model === undefined ? {} : { model }),
      ...(message === undefined ? {} : { message }),
      ...(call === undefined ? {} : { call }),
      ...this.#options,
    };
    try {
      const job = await this.#jobOf(command, path);
      const parameters = startParameters(start, programEntry(job.source.program));
      return (await beginQueued(job, { ...command, parameters }, { request, store: this.#store })).id;
    } catch (error) {
      throw asRequestError(error, (flag) => fieldOfFlag(start, flag));
    }
  }

  async #jobOf(command: RunCommand, path: string): Promise<Beginning & { readonly source: ProgramSource }> {
    const [world, ui] = [this.#world, silentChannels()];
    const config = await trustedConfig(command, path, { world, ui });
    const location = locationOf(config);
    if (location !== this.#store.location) {
      throw new HttpError(
        "conflict",
        `The program keeps its sessions in ${location}, and the server serves those of ${this.#store.location}; ` +
          "start a server for it alone",
      );
    }
    const source = await readConfigured([path], this.#options, world);
    const problems = source.problems.filter(({ code }) =>
      command.call === undefined || code !== "no-beginning"
    );
    if (problems.some(({ severity }) => severity === "error")) throw brokenError(path, problems);
    const job = { command, world, config, ui, source, paths: realPaths([path]) };
    await checkServers(job, source.program);
    return job;
  }

  async #describe(name: string, path: string): Promise<ServedProgram> {
    try {
      const source = await readConfigured([path], this.#options, this.#world);
      return { name, ...descriptionOf(source, path) };
    } catch (error) {
      if (!(error instanceof PlaybooksError)) throw error;
      return { name, paths: [path], parameters: [], takesMessage: false, problems: [messageOf(error)] };
    }
  }

  #pathOf(program: string): string {
    const byName = this.#files.get(program);
    if (byName !== undefined) return byName;
    const path = realPath(resolve(this.#world.cwd, program));
    const byPath = [...this.#files.values()].find((file) =>
      realPath(file) === path || basename(file) === program
    );
    if (byPath !== undefined) return byPath;
    const names = [...this.#files.keys()];
    throw new HttpError(
      "bad-request",
      names.length === 0
        ? "The server has no programs; start it with their files: playbooks serve FILES"
        : `The server has no program ${JSON.stringify(program)}; it has ${names.join(", ")}`,
    );
  }
}

/** Names of files: without folder and ending where that is unique. */
function namedFiles(files: readonly string[]): ReadonlyMap<string, string> {
  const short = (path: string) => basename(path, extname(path));
  const counts = Map.groupBy(files, short);
  return new Map(files.map((path) => [counts.get(short(path))!.length === 1 ? short(path) : path, path]));
}

function descriptionOf(source: ProgramSource, path: string): Omit<ServedProgram, "name"> {
  const { program, problems, texts } = source;
  const entry = programEntry(program);
  const documented = parameterTexts(entry);
  const { title, description } = program;
  return {
    paths: [path],
    title,
    ...(description === "" ? {} : { description }),
    parameters: entry.parameters.filter(({ name }) => name !== "startup_message")
      .map((parameter) => parameterOf(parameter, documented.get(parameter.name))),
    takesMessage: takesStartupMessage(texts.values()),
    problems: problems.filter(({ severity }) => severity === "error").map(problemText),
  };
}

function parameterOf(
  parameter: Parameter,
  description: string | undefined,
): ServedProgram["parameters"][number] {
  const { name, optional } = parameter;
  const type = parameterType(parameter);
  return {
    name,
    kind: type.kind,
    optional,
    ...("default" in parameter ? { default: parameter.default } : {}),
    ...(type.kind === "choice" ? { choices: type.choices } : {}),
    ...(description === undefined ? {} : { description }),
  };
}

function problemText({ message, hint, location: { file, line, column } }: Problem): string {
  return requestWords(`${file}:${line}:${column}: ${message}${hint === undefined ? "" : `; ${hint}`}`);
}

function brokenError(path: string, problems: readonly Problem[]): HttpError {
  const errors = problems.filter(({ severity }) => severity === "error");
  return new HttpError("bad-request", `Cannot run ${path}: ${errors.map(problemText).join("; ")}`, {
    errors: errors.map((problem) => ({ field: "program", message: problemText(problem) })),
  });
}

function realPath(path: string): string {
  try {
    return realPaths([path])[0]!;
  } catch {
    return path;
  }
}

/** Nobody hears or answers while a session is made; what needs consent is refused. */
export function silentChannels(): RunChannels {
  return {
    frontEnd: { canDecide: false, begin: () => {}, event: () => {} },
    fact: () => {},
    tell: () => {},
    confirm: () => Promise.resolve(false),
    allInput: () => Promise.resolve(""),
    end: () => {},
  };
}

/** The options of `run --detach` without another flag. */
const detached = { ...withoutFlags, detach: true };
