/**
 * The report of the schema validator in plain words: `#/a: Instance type "string" is invalid. Expected "number".` becomes
 * `a must be number, and is string`. What it does not know stays as it is.
 */
export function argumentFault(report: string | undefined): string {
  const parts = (report ?? "").slice(0, maxReportCharacters).split(/;\s+(?=#)/).map((part) => part.trim())
    .filter((part) => part !== "");
  // Such a line only announces the line about the property itself.
  const own = parts.filter((part) =>
    !/(?:Property|Items?) .*does not match|A subschema had errors/.test(part)
  );
  const faults = (own.length > 0 ? own : parts).map(plainFault);
  return faults.length === 0 ? "they do not fit its schema" : [...new Set(faults)].join("; ");
}

function plainFault(part: string): string {
  const [, pointer = "", message = part] = /^#(\S*):\s*(.*)$/s.exec(part) ?? [];
  const name = pointer.slice(1).replaceAll("/", ".");
  const type = /^Instance type "(\w+)" is invalid\. Expected "([^"]+)"\.?$/.exec(message);
  if (type) return `${name || "it"} must be ${type[2]}, and is ${type[1]}`;
  const missing = /^Instance does not have required property "(.+)"\.?$/.exec(message)?.[1];
  if (missing !== undefined) return `${name === "" ? missing : `${name}.${missing}`} is missing`;
  const rest = message.replace(/^Instance /, "").replace(/\.$/, "");
  return name === "" ? rest : `${name}: ${rest}`;
}

/** A value with many faults gives a report of megabytes, with names that a stranger chose. */
const maxReportCharacters = 20_000;
