import { assertEquals, assertRejects } from "@std/assert";
import { sendNotification } from "../../../src/cli/notify/send_notification.ts";
import type { NotificationBody } from "../../../src/cli/notify/notification_body.ts";

const body: NotificationBody = {
  version: 1,
  key: "s1:completed:1",
  event: "completed",
  session: "s1",
  program: "a.pb",
  status: "completed",
  position: 9,
  time: "2026-03-01T12:00:00.000Z",
  command: "playbooks sessions show s1",
};

/** Sends to a receiver that gives these answers, the last one again and again. Returns why it failed. */
async function failureOf(answers: readonly (() => Promise<Response>)[]): Promise<string> {
  let count = 0;
  const error = await assertRejects(() =>
    sendNotification(body, {
      settings: {
        command: "",
        folder: ".",
        url: "http://desk.example/hook",
        tokenEnv: "",
        link: "",
        waitMs: 0,
        timeoutMs: 400,
      },
      environment: {},
      token: undefined,
      fetch: (_, init?: { readonly signal?: AbortSignal | null }) => {
        init?.signal?.throwIfAborted();
        return answers[Math.min(count++, answers.length - 1)]!();
      },
      signal: new AbortController().signal,
    }), Error);
  return error.message;
}

const status = (code: number) => () => Promise.resolve(new Response(null, { status: code }));
const broken = () => Promise.reject(new TypeError("connection reset"));

Deno.test("send notification: at the end of its time, the failure is the last answer of the receiver", async () => {
  assertEquals(await failureOf([status(503)]), "desk.example answered with status 503");
  assertEquals(await failureOf([broken, status(500)]), "desk.example answered with status 500");
  assertEquals(await failureOf([status(503), status(404)]), "desk.example answered with status 404");
  assertEquals((await failureOf([broken])).includes("connection reset"), true);
});
