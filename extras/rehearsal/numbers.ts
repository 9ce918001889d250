const words = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];

/** The value of digits or of a number word up to ten. Returns `undefined` for any other text. */
export function toNumber(text: string): number | undefined {
  const index = words.indexOf(text.toLowerCase());
  return index >= 0 ? index : /^\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
}

/** The count in a text, from one to ten. */
export function countIn(text: string): number {
  const found = /\b(\d+|two|three|four|five|six|seven|eight|nine|ten)\b/i.exec(text)?.[1];
  return Math.min(10, Math.max(1, toNumber(found ?? "one") ?? 1));
}
