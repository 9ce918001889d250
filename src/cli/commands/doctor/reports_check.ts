import type { SessionStore } from "../../../store/mod.ts";
import type { Config } from "../../config.ts";
import { maskedSetting } from "../../masked.ts";
import { hasUnsentNotification } from "../../notify/notifier.ts";
import { sendsNotifications } from "../../notify/notify_settings.ts";
import { type DoctorFinding, fine, warning } from "./finding.ts";

/** Where notifications and traces go, and how many sessions have some that were not sent. No finding if both are off. */
export async function reportFindings(
  config: Config,
  sessions: SessionStore,
): Promise<readonly DoctorFinding[]> {
  const { notify, telemetry } = config;
  const findings: DoctorFinding[] = [];
  const all = sendsNotifications(notify) || telemetry.isOn ? await sessions.list() : [];
  if (sendsNotifications(notify)) {
    const receivers = [notify.command, String(maskedSetting("notify.url", notify.url))];
    const text = `go to ${receivers.filter((each) => each !== "").join(" and to ")}`;
    const unsent = all.filter((each) => each.status !== "running" && hasUnsentNotification(each)).length;
    findings.push(finding("notifications", text, unsent));
    findings.push(...missingVariable(config, "notifications", "notify.token_env"));
  }
  if (telemetry.isOn) {
    const unsent = all.filter(({ status, traced, position }) =>
      status !== "running" && traced !== undefined && traced < position
    );
    findings.push(finding("telemetry", `goes to ${new URL(telemetry.url).origin}`, unsent.length));
    findings.push(...missingVariable(config, "telemetry", "telemetry.headers_env"));
  }
  return findings;
}

function finding(about: string, text: string, unsent: number): DoctorFinding {
  if (unsent === 0) return fine(about, text, { unsent });
  const sessions = unsent === 1 ? "1 session has" : `${unsent} sessions have`;
  return warning(
    about,
    `${text}; ${sessions} some that were not sent`,
    "if the receiver works again, the next run or playbooks worker sends them",
    { unsent },
  );
}

function missingVariable(
  { settings, environment }: Config,
  about: string,
  setting: string,
): readonly DoctorFinding[] {
  const name = String(settings.find((each) => each.name === setting)?.value ?? "");
  if (name === "" || (environment[name] ?? "").trim() !== "") return [];
  return [warning(about, `${setting} names the variable ${name}, which has no value`, `set ${name}`)];
}
