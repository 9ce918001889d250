import { cpuUsage } from "node:process";

/**
 * Milliseconds of processor time that this process has used so far, in all threads. Unlike a clock, it does not count the
 * time in which other processes run, so a bound on it holds on a busy machine, too.
 */
export function cpuTimeMs(): number {
  const { user, system } = cpuUsage();
  return (user + system) / 1000;
}
