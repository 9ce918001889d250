import type { IndexRemark, IndexVerification } from "../../../store/mod.ts";
import type { SessionReport } from "./session_report.ts";

/** The report on the registry and the JSON index. */
export function indexReport(
  { damaged, remarks }: IndexVerification,
): Pick<SessionReport, "findings" | "notes"> {
  return {
    findings: damaged.map((file) => ({
      file,
      what: "is damaged",
      lost: "nothing: the sessions' folders say all that it says",
      fix: "nothing; the next run writes it again from the folders",
    })),
    notes: remarks.map(noteOf),
  };
}

function noteOf(remark: IndexRemark): string {
  const { file } = remark;
  switch (remark.kind) {
    case "missing":
      return `${file} is missing; the next run writes it again`;
    case "unavailable":
      return `${file} could not be read: ${remark.reason}`;
    case "stale": {
      const { key, pointed, newest } = remark;
      const said = pointed === undefined ? "no session" : `session ${pointed}`;
      return `${file} names ${said} for key ${key}, whose last one is ${newest}; the next run corrects it`;
    }
  }
}
