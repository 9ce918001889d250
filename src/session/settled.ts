export function settled<T>(value: T | Promise<T>): T {
  if (value instanceof Promise) throw new TypeError("This store must answer at once");
  return value;
}
