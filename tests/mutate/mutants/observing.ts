import type { Mutant } from "../mutant.ts";

const notify = ["tests/process/notify_test.ts"];
const metrics = ["tests/process/telemetry_metrics_test.ts"];
const telemetry = ["tests/process/telemetry_test.ts"];
const trace = ["tests/session/trace_fold_test.ts"];
const notification = ["tests/cli/notify/notification_test.ts"];

/** Bugs of notifications and telemetry. */
export const observingMutants: readonly Mutant[] = [
  {
    bug: "a notification is marked as sent before the receiver took it",
    file: "src/cli/notify/notifier.ts",
    find: "    const secret = secretNames(config);\n",
    put:
      "    await store.update(id, { notified: session.notification.key });\n    const secret = secretNames(config);\n",
    tests: notify,
  },
  {
    bug: "a notification is never marked as sent",
    file: "src/cli/notify/notifier.ts",
    find: "    await store.update(id, { notified: session.notification.key });\n",
    put: "",
    tests: notify,
  },
  {
    bug: "the command of a notification gets the keys of models",
    file: "src/cli/notify/notifier.ts",
    find: ".filter(([name]) => !secret.has(name))",
    put: "",
    tests: notify,
  },
  {
    bug: "a notification has secrets",
    file: "src/cli/notify/notification_body.ts",
    find: "cutText(cleanText(mask(said))",
    put: "cutText(cleanText(said)",
    tests: notify,
  },
  {
    bug: "a notification follows a redirect",
    file: "src/cli/notify/send_notification.ts",
    find: "await sendOnce(fetch, url, {",
    put: "await fetch(url, {",
    tests: notify,
  },
  {
    bug: "a folder sends notifications without trust",
    file: "src/cli/trust_rules.ts",
    find: 'if (table === "notify") return',
    put: 'if (table === "notifier") return',
    tests: notification,
  },
  {
    bug: "Ctrl+C makes a notification",
    file: "src/cli/notify/notification.ts",
    find: '    case "interrupted":\n      return undefined;\n    case "waiting":',
    put: '    case "interrupted":\n      return ending(session, "failed", "");\n    case "waiting":',
    tests: notification,
  },
  {
    bug: "the end of a program gets another key in each run",
    file: "src/cli/notify/notification.ts",
    find: "const place = state.end ? `end@${state.end.at}` : `${state.position}`;",
    put: "const place = `${state.position}`;",
    tests: notification,
  },
  {
    bug: "spans that the collector has are sent again by the next run",
    file: "src/cli/telemetry/trace_exporter.ts",
    find: "if (stored.position > sent) this.#batch.push(...spans);",
    put: "this.#batch.push(...spans);",
    tests: telemetry,
  },
  {
    bug: "the position of the spans that were sent is not kept",
    file: "src/cli/telemetry/trace_exporter.ts",
    find: "await store.update(id, { traced: state.fold.position });",
    put: "await store.get(id);",
    tests: telemetry,
  },
  {
    bug: "spans that the collector did not take count as sent",
    file: "src/cli/telemetry/send_spans.ts",
    find: "  throw new Error(reason);",
    put: "  return reason;",
    tests: telemetry,
  },
  {
    bug: "traces have secrets",
    file: "src/cli/telemetry/send_spans.ts",
    find: 'typeof value === "string" ? mask(value)',
    put: 'typeof value === "string" ? value',
    tests: telemetry,
  },
  {
    bug: "traces have words without the user's consent",
    file: "src/session/trace_content.ts",
    find: "return this.#isOn ? { [key]: cut(text) } : {};",
    put: "return { [key]: cut(text) };",
    tests: telemetry,
  },
  {
    bug: "a folder's settings send traces without trust",
    file: "src/cli/trust_rules.ts",
    find: 'if (table === "telemetry") return',
    put: 'if (table === "tracing") return',
    tests: telemetry,
  },
  {
    bug: "a fork sends the spans of the session that it comes from",
    file: "src/cli/telemetry/trace_exporter.ts",
    find: "sent: Math.max(traced, forkedAt)",
    put: "sent: traced",
    tests: telemetry,
  },
  {
    bug: "the end of a process waits for a silent collector",
    file: "src/cli/telemetry/telemetry.ts",
    find: "AbortSignal.any([this.#stop.signal, AbortSignal.timeout(timeoutMs)])",
    put: "AbortSignal.any([this.#stop.signal, AbortSignal.timeout(20 * timeoutMs)])",
    tests: telemetry,
  },
  {
    bug: "a request that a kill interrupted seems to last until its repetition is answered",
    file: "src/session/trace_fold.ts",
    find: 'return ended(span, this.#atMs, { type: "interrupted" });',
    put: 'return ended(span, at, { type: "interrupted" });',
    tests: trace,
  },
  {
    bug: "spans after a rewind have the ids of those before it",
    file: "src/session/trace_fold.ts",
    find: "{ token: this.#token, position, what }",
    put: "{ token: 0, position, what }",
    tests: trace,
  },
  {
    bug: "the path of a request is in its span",
    file: "src/session/trace_fold.ts",
    find: '"server.address": new URL(address).hostname }',
    put: '"server.address": address }',
    tests: trace,
  },
  {
    bug: "a trace has names of any length",
    file: "src/session/trace_fold.ts",
    find: "const klass = cut(this.#agents.classOf(frame.agent));",
    put: "const klass = this.#agents.classOf(frame.agent);",
    tests: ["tests/security/reports_test.ts"],
  },
  {
    bug: "words reach the command of a notification with their control characters",
    file: "src/cli/notify/notification_body.ts",
    find: "cutText(cleanText(mask(said))",
    put: "cutText(mask(said)",
    tests: ["tests/security/reports_test.ts"],
  },
  {
    bug: "metrics are counted before the position of their spans is kept",
    file: "src/cli/telemetry/trace_exporter.ts",
    find: "    await this.#keep(this.#state!);\n    for (const span of sent) this.#measurements.add(span);",
    put:
      "    for (const span of sent) this.#measurements.add(span);\n    await this.#sendMetrics(signal);\n    await this.#keep(this.#state!);",
    tests: metrics,
  },
];
