import type { Mutant } from "../mutant.ts";

const notify = ["tests/process/notify_test.ts"];
const notice = ["tests/cli/notify/notice_test.ts"];

/** Bugs of notices and telemetry. */
export const observingMutants: readonly Mutant[] = [
  {
    bug: "a notice is marked as sent before the receiver took it",
    file: "src/cli/notify/notifier.ts",
    find: "    const secret = secretNames(config);\n",
    put:
      "    await store.update(id, { notified: session.notice.key });\n    const secret = secretNames(config);\n",
    tests: notify,
  },
  {
    bug: "a notice is never marked as sent",
    file: "src/cli/notify/notifier.ts",
    find: "    await store.update(id, { notified: session.notice.key });\n",
    put: "",
    tests: notify,
  },
  {
    bug: "the command of a notice gets the keys of models",
    file: "src/cli/notify/notifier.ts",
    find: ".filter(([name]) => !secret.has(name))",
    put: "",
    tests: notify,
  },
  {
    bug: "a notice has secrets",
    file: "src/cli/notify/notice_body.ts",
    find: "cutText(cleanText(mask(said))",
    put: "cutText(cleanText(said)",
    tests: notify,
  },
  {
    bug: "a notice follows a redirect",
    file: "src/cli/notify/send_notice.ts",
    find: "await sendOnce(fetch, settings.url, {",
    put: "await fetch(settings.url, {",
    tests: notify,
  },
  {
    bug: "a folder sends notices without trust",
    file: "src/cli/trust_rules.ts",
    find: 'if (table === "notify") return',
    put: 'if (table === "notifier") return',
    tests: notify,
  },
  {
    bug: "Ctrl+C makes a notice",
    file: "src/cli/notify/notice.ts",
    find: '    case "interrupted":\n      return undefined;\n    case "waiting":',
    put: '    case "interrupted":\n      return ending(session, "failed", "");\n    case "waiting":',
    tests: notice,
  },
  {
    bug: "the end of a program gets another key in each run",
    file: "src/cli/notify/notice.ts",
    find: "const place = state.end ? `end@${state.end.at}` : `${state.position}`;",
    put: "const place = `${state.position}`;",
    tests: notice,
  },
];
