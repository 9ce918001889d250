const words = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];

/** The number that digits or a word up to ten stand for; `undefined` for any other text. */
export function toNumber(text: string): number | undefined {
  const index = words.indexOf(text.toLowerCase());
  return index >= 0 ? index : /^\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
}

/** How many a text speaks of, from one to ten. */
export function countIn(text: string): number {
  const found = /\b(\d+|two|three|four|five|six|seven|eight|nine|ten)\b/i.exec(text)?.[1];
  return Math.min(10, Math.max(1, toNumber(found ?? "one") ?? 1));
}
