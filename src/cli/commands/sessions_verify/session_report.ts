import type { SessionVerification, StoredFault, StoredRemark } from "../../../store/mod.ts";

/** Stored data that differs from what was written. */
export interface Finding {
  /** Path in the session's folder, or in the storage folder. */
  readonly file: string;
  readonly what: string;
  /** Possible loss. */
  readonly lost: string;
  /** The action to take. */
  readonly fix: string;
}

/** The report on a session. A sound session has no findings. */
export interface SessionReport extends Omit<SessionVerification, "faults" | "remarks"> {
  readonly findings: readonly Finding[];
  /** Facts that are not faults. */
  readonly notes: readonly string[];
}

/** The report on a session, in words. */
export function sessionReport({ faults, remarks, ...counts }: SessionVerification): SessionReport {
  const findings = faults.map((fault) => {
    const [what, lost, fix] = wordsOf(fault, counts.id);
    return { file: fault.file, what, lost, fix };
  });
  return { ...counts, findings, notes: remarks.map(noteOf) };
}

/** What is wrong, what could be lost, and what to do. */
type Words = readonly [what: string, lost: string, fix: string];

function wordsOf(fault: StoredFault, id: string): Words {
  switch (fault.kind) {
    case "newer":
      return [`was not checked: ${fault.reason}`, "nothing", "install the newer version, and verify again"];
    case "large":
      return [
        `was not checked: it ${fault.reason}`,
        "unknown",
        "restore the file from a copy, or raise the setting under [limits], and verify again",
      ];
    case "blob":
      return [
        "is not what its name says",
        "the one value that it held",
        "restore the file from a copy; what needs it is named as well, if anything does",
      ];
    case "outdated checkpoint":
      return ofCheckpoint("was written by an older version");
    case "damaged checkpoint":
      return ofCheckpoint("is damaged");
    case "foreign checkpoint":
      return ofCheckpoint("is not of this journal");
    case "wrong state":
      return ofCheckpoint(`does not hold the state that the first ${fault.position} entries lead to`);
    case "missing summary":
    case "damaged summary":
      return [
        fault.kind === "missing summary" ? "is missing" : "is damaged",
        "the session's name, and its times and counts",
        `playbooks resume ${id} writes it again`,
      ];
    case "foreign summary":
      return [
        `is that of session ${fault.owner}`,
        "nothing, but the session is not found by its name or key",
        `rename the folder to ${fault.owner}, or remove the file`,
      ];
    default:
      return wordsOfJournal(fault, recoveryHint(id, fault.forkPosition));
  }
}

function ofCheckpoint(what: string): Words {
  return [
    what,
    "nothing, as long as the journal is whole: a checkpoint only saves reading it",
    "remove the file",
  ];
}

function wordsOfJournal(fault: Extract<StoredFault, { readonly forkPosition: unknown }>, way: string): Words {
  switch (fault.kind) {
    case "missing journal":
      return ["is missing", "everything that the session did", way];
    case "damaged entry": {
      const { position, byteOffset, reason, canResume, forkPosition = 0 } = fault;
      return [
        `entry ${position}, at byte ${byteOffset}, ${reason}`,
        canResume
          ? "nothing yet: a checkpoint behind the damage is good, and a resume needs nothing before it"
          : forkPosition >= position
          ? `what came after entry ${forkPosition}: it may be done again`
          : `entries from ${position} on: what they did may be done again`,
        `restore the file from a copy, or ${way}`,
      ];
    }
    case "unfit entry": {
      const { position, byteOffset, reason } = fault;
      const what =
        `has an entry ${position}, at byte ${byteOffset}, that does not fit what came before: ${reason}`;
      return [what, "all from that entry on", way];
    }
    case "short": {
      const { last, known, knownBy } = fault;
      const [who, lost] = knownBy === undefined
        ? [`checkpoint ${known} was made after entry`, ", but not what they led to: the checkpoint has that"]
        : [`${knownBy} knows of`, ": what they did may be done again"];
      return [`ends at entry ${last}, and ${who} ${known}`, `entries ${last + 1} to ${known}${lost}`, way];
    }
  }
}

function noteOf(remark: StoredRemark): string {
  switch (remark.kind) {
    case "newer checkpoint":
      return `${remark.reason}; a resume reads the journal instead`;
    case "saved journal": {
      const { file, journal } = remark;
      return `${file} holds what a running process knew when ${journal} was removed: rename it to ${journal}, then resume`;
    }
    case "torn tail":
      return `The journal's last ${remark.bytes} bytes, after entry ${remark.last}, are torn: a crash cut them off before ` +
        "they were acknowledged, and the next resume drops them";
    case "unsealed snapshot":
      return `${remark.file} does not have your own mark, so it is damaged or somebody else wrote it; ` +
        "it is ignored, and a resume runs the code again from the journal";
    case "never begun":
      return "The session has no entries: its process died before the first one; you can remove the folder";
  }
}

function recoveryHint(id: string, position: number | undefined): string {
  return position === undefined || position < 2
    ? "restore the file from a copy, or run the program anew"
    : `go on from the last good state with: playbooks resume ${id}@${position} --fork`;
}
