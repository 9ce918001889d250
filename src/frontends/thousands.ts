/** A whole number as a person reads it: `1,234,567`. By hand, as the system's own way takes 10 ms to get ready. */
export function thousands(number: number): string {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ",");
}
