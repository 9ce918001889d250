import { openModel } from "../../src/model/mod.ts";
import type { State } from "../../src/engine/mod.ts";
import { decode } from "../../src/sandbox/mod.ts";
import type { Dialect } from "../support/dialect.ts";
import { type PatientResult, runPatiently } from "../support/patient_session.ts";
import { AnswersInOrder, RecordedServer } from "./recorded_server.ts";
import type { Recording } from "./recording.ts";

/** The result of a played recording. */
export interface Staged extends PatientResult {
  readonly unused: readonly string[];
}

/** The provider and the form of its answers. */
export interface Staging {
  readonly dialect: Dialect;
  readonly stream: boolean;
  /** Files that the program may read, by path. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Plays a recording: the real runtime uses a real provider's client, which sends requests to a test server. */
export async function stage(text: string, recording: Recording, staging: Staging): Promise<Staged> {
  const { dialect, stream, files } = staging;
  const answers = new AnswersInOrder(recording.answers);
  await using server = new RecordedServer(dialect, answers);
  const model = await openServed(server, dialect, stream);
  const replies = [...recording.replies];
  const played = await runPatiently(text, {
    model,
    reply: () => replies.shift(),
    parameters: recording.parameters,
    ...(files ? { files } : {}),
  });
  return { ...played, unused: answers.unused };
}

/** Opens a provider's real client for a test server. */
export function openServed({ baseUrl }: RecordedServer, dialect: Dialect, stream: boolean) {
  return openModel({
    provider: dialect.provider,
    name: "tiny",
    baseUrl,
    apiKeyEnv: "",
    temperature: 0.2,
    maxOutputTokens: 4_000,
    stream,
  }, { env: (name) => name === dialect.keyEnv ? "secret" : undefined, sendsKeyTo: () => true });
}

/** The variables of an agent, as code sees them. */
export function variablesOf(state: State, agent: string): Readonly<Record<string, unknown>> {
  const variables = state.agents[agent]?.state ?? {};
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, decode(value)]));
}
