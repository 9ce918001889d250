import { HttpError, type SessionStart } from "../../../frontends/http/mod.ts";
import type { ProgramEntry } from "../../parameters.ts";
import type { RunCommand } from "../run/options.ts";

interface FieldFault {
  readonly field: string;
  readonly message: string;
}

/**
 * The parameters of a start, as a command line gives them. One that is null is absent. Throws an `HttpError` that names each
 * field with an unknown or a missing parameter.
 */
export function startParameters(
  { parameters, call, message }: SessionStart,
  entry: ProgramEntry,
): RunCommand["parameters"] {
  const given = Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined);
  const faults = call === undefined
    ? [
      ...unknown(given.map(([name]) => name), entry),
      ...missing(given.map(([name]) => name), { entry, message }),
    ]
    : given.map(([name]) => fault(`parameters.${name}`, "leave it out: the call has the arguments"));
  if (faults.length > 0) {
    const detail = faults.map(({ field, message }) => `${field}: ${message}`).join("; ");
    throw new HttpError(
      "bad-request",
      `Cannot start the program: ${detail}; GET /v1/programs lists the parameters`,
      { errors: faults },
    );
  }
  return Object.fromEntries(
    given.map(([name, value]) => [name, [typeof value === "string" ? value : JSON.stringify(value)]]),
  );
}

/** The field of a start that a flag of the command line means. */
export function fieldOfFlag({ parameters }: SessionStart, flag: string): string {
  const name = Object.keys(parameters).find((each) => plain(each) === plain(flag));
  return name === undefined ? flag : `parameters.${name}`;
}

function unknown(names: readonly string[], { parameters }: ProgramEntry): readonly FieldFault[] {
  const known = parameters.map(({ name }) => name).filter((name) => name !== startupMessage);
  const hint = known.length === 0 ? "the program has no parameters" : `the program has ${known.join(", ")}`;
  return names.flatMap((name) => {
    if (plain(name) === startupMessage) return [fault(`parameters.${name}`, "send it as message")];
    if (known.some((each) => plain(each) === plain(name))) return [];
    return [fault(`parameters.${name}`, `there is no such parameter; ${hint}`)];
  });
}

function missing(
  names: readonly string[],
  { entry, message }: { readonly entry: ProgramEntry; readonly message: string | undefined },
): readonly FieldFault[] {
  return entry.parameters.filter(({ optional }) => !optional).flatMap(({ name }) => {
    if (name === startupMessage) {
      return message === undefined ? [fault("message", `${entry.name} needs it`)] : [];
    }
    return names.some((each) => plain(each) === plain(name))
      ? []
      : [fault(`parameters.${name}`, `${entry.name} needs it`)];
  });
}

function fault(field: string, message: string): FieldFault {
  return { field, message };
}

/** Dashes stand for underscores, and case does not matter, as on the command line. */
function plain(name: string): string {
  return name.replaceAll("-", "_").toLowerCase();
}

const startupMessage = "startup_message";
