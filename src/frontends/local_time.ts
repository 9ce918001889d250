// Written by hand, because `Intl` takes 10 ms to load.

/** The local time of day: `14:03:22`. */
export function localTime(ms: number): string {
  const date = new Date(ms);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits).join(":");
}

/** The local date: `30 Nov 2026`. */
export function localDate(ms: number): string {
  const date = new Date(ms);
  return `${date.getDate()} ${months[date.getMonth()]} ${date.getFullYear()}`;
}

const months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

function twoDigits(number: number): string {
  return String(number).padStart(2, "0");
}
