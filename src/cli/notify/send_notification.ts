import parseArgsStringToArgv from "string-argv";
import { messageOf } from "../../errors.ts";
import { cutAfter, failureText, readBody, sendOnce, startDeadline, watchedResponse } from "../../net/mod.ts";
import { cleanLine, cutText, jsonText } from "../../text/mod.ts";
import { absolutePath } from "../given.ts";
import { httpAddress } from "../http_address.ts";
import { version } from "../../version.ts";
import type { NotificationBody } from "./notification_body.ts";
import type { NotifySettings } from "./notify_settings.ts";

/** The surroundings of a delivery. */
interface NotificationDelivery {
  readonly settings: NotifySettings;
  /** The variables of the command, without keys. */
  readonly environment: Readonly<Record<string, string>>;
  /** The value of `token_env`. */
  readonly token: string | undefined;
  readonly fetch: typeof fetch;
  readonly signal: AbortSignal;
}

/** Gives a notification to the command and to the address. Throws an `Error` in words that follow `Cannot send the notification: `. */
export async function sendNotification(
  body: NotificationBody,
  delivery: NotificationDelivery,
): Promise<void> {
  const { command, url } = delivery.settings;
  if (command !== "") await runCommand(body, delivery);
  if (url !== "") await postWithRetries(body, delivery);
}

async function runCommand(
  body: NotificationBody,
  { settings, environment, signal }: NotificationDelivery,
): Promise<void> {
  const [program = "", ...args] = parseArgsStringToArgv(settings.command);
  using deadline = startDeadline(settings.timeoutMs, signal);
  await using cleanUp = new AsyncDisposableStack();
  try {
    const child = new Deno.Command(programPath(program, settings, environment), {
      args,
      cwd: settings.folder,
      clearEnv: true,
      env: { ...environment, ...variablesOf(body) },
      stdin: "piped",
      stdout: "null",
      stderr: "piped",
      detached: Deno.build.os !== "windows",
    }).spawn();
    const onAbort = () => stopGroup(child);
    deadline.signal.addEventListener("abort", onAbort, { once: true });
    cleanUp.defer(() => deadline.signal.removeEventListener("abort", onAbort));
    const reader = child.stderr.getReader();
    cleanUp.defer(() => reader.cancel().catch(() => {}));
    const stderr = firstText(reader);
    await writeInput(child, `${jsonText(body)}\n`);
    const { code, signal: ended } = await child.status;
    deadline.signal.throwIfAborted();
    if (code === 0) return;
    // A process that the command left behind may hold the stream open.
    const words = cleanLine(await Promise.race([stderr, later(200, "")])).trim();
    const end = ended === null ? `exit code ${code}` : ended;
    throw new Error(`it ended with ${end}${words === "" ? "" : `: ${words}`}`);
  } catch (error) {
    throw new Error(`the command ${cutText(program, { maxCharacters: 200 })} failed: ${messageOf(error)}`);
  }
}

/** A path in the command begins at the folder of its settings file. A plain name is found as in a shell. */
function programPath(
  program: string,
  { folder }: NotifySettings,
  environment: Readonly<Record<string, string>>,
): string {
  return /[\\/]/.test(program) ? absolutePath(program, folder, environment["HOME"]) : program;
}

async function writeInput(child: Deno.ChildProcess, text: string): Promise<void> {
  const writer = child.stdin.getWriter();
  try {
    await writer.write(new TextEncoder().encode(text));
    await writer.close();
  } catch {
    // A command need not read its input.
  }
}

function stopGroup(child: Deno.ChildProcess): void {
  try {
    if (Deno.build.os === "windows") child.kill("SIGKILL");
    else Deno.kill(-child.pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}

/** The beginning of what a command writes. The rest is read and dropped, so that the command never waits. */
async function firstText(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  try {
    for (let read; !(read = await reader.read()).done;) {
      if (text.length < maxErrorCharacters) text += decoder.decode(read.value, { stream: true });
    }
  } catch {
    // The command was stopped.
  }
  return text.slice(0, maxErrorCharacters);
}

const maxErrorCharacters = 500;

/** Values of the notification for scripts that read no JSON. */
function variablesOf(body: NotificationBody): Record<string, string> {
  const values = {
    KEY: body.key,
    EVENT: body.event,
    SESSION: body.session,
    NAME: body.name ?? "",
    PROGRAM: body.program,
    STATUS: body.status,
    EXIT: String(body.exit ?? ""),
    PERSON: body.question?.person ?? "",
    QUESTION: body.question?.text ?? "",
    ERROR: body.error ?? "",
    LINK: body.link ?? "",
    COMMAND: body.command,
  };
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [`PLAYBOOKS_NOTIFY_${name}`, value.replaceAll("\0", "")]),
  );
}

/** Repeats the request while its time lasts, as long as the failure may pass. */
async function postWithRetries(body: NotificationBody, delivery: NotificationDelivery): Promise<void> {
  using deadline = startDeadline(delivery.settings.timeoutMs, delivery.signal);
  let answered: string | undefined;
  for (let waitMs = firstWaitMs;; waitMs *= 2) {
    const failure = await postNotification(body, delivery, deadline.signal);
    if (!failure) return;
    const isOver = deadline.signal.aborted;
    if (!failure.mayPass || isOver) {
      // The end of the time says less than the answers before it.
      const reason = isOver ? answered ?? failure.reason : failure.reason;
      throw new Error(`${new URL(delivery.settings.url).host} ${reason}`);
    }
    answered = failure.reason;
    await later(waitMs, undefined, deadline.signal);
  }
}

const firstWaitMs = 250;

interface PostFailure {
  readonly reason: string;
  readonly mayPass: boolean;
}

async function postNotification(
  body: NotificationBody,
  { settings, token, fetch }: NotificationDelivery,
  signal: AbortSignal,
): Promise<PostFailure | undefined> {
  const { url, authorization } = httpAddress(settings.url);
  try {
    const response = await sendOnce(fetch, url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "user-agent": `playbooks/${version}`,
        "idempotency-key": body.key,
        ...(authorization === undefined ? {} : { authorization }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: jsonText(body),
      signal,
    });
    await dropBody(response);
    const { status } = response;
    if (response.ok) return undefined;
    if (status >= 300 && status < 400) {
      return { reason: `answered with a redirect (${status}), which is not followed`, mayPass: false };
    }
    const mayPass = status >= 500 || status === 408 || status === 429;
    return { reason: `answered with status ${status}`, mayPass };
  } catch (error) {
    return { reason: `did not answer: ${failureText(error)}`, mayPass: true };
  }
}

/** Reads the beginning of a body, so that the connection can be used again; a longer one is cancelled. */
async function dropBody(response: Response): Promise<void> {
  const { body } = watchedResponse(response, { take: cutAfter(maxAnswerBytes), ended: () => {} });
  await readBody(body, 2 * maxAnswerBytes).catch(() => {});
}

const maxAnswerBytes = 4096;

/** Waits, but not longer than until `signal` aborts. */
function later<T>(ms: number, value: T, signal?: AbortSignal): Promise<T> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", done, { once: true });
    if (signal?.aborted) done();
    function done() {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve(value);
    }
  });
}
