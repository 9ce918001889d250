/** A finding of `doctor`. */
export interface DoctorFinding {
  /** One word: the part that was checked. */
  readonly about: string;
  /** `broken`: programs cannot run, or cannot be resumed safely. */
  readonly verdict: "ok" | "warning" | "broken";
  readonly text: string;
  /** What to do about it; present unless the verdict is `ok`. */
  readonly fix?: string;
  /** Measured values, for scripts. */
  readonly facts?: Readonly<Record<string, unknown>>;
}

/** A finding without a fault. */
export function fine(about: string, text: string, facts?: DoctorFinding["facts"]): DoctorFinding {
  return { about, verdict: "ok", text, ...facts && { facts } };
}

/** A finding that a person should know. */
export function warning(
  about: string,
  text: string,
  fix: string,
  facts?: DoctorFinding["facts"],
): DoctorFinding {
  return { about, verdict: "warning", text, fix, ...facts && { facts } };
}

/** A fault. */
export function broken(
  about: string,
  text: string,
  fix: string,
  facts?: DoctorFinding["facts"],
): DoctorFinding {
  return { about, verdict: "broken", text, fix, ...facts && { facts } };
}
