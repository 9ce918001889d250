/** The characters of a short id. */
export const shortIdLength = 8;

/** The id as people see it: its last characters, because the first ones are the time of its creation. */
export function shortId(id: string): string {
  return id.slice(-shortIdLength);
}
