/** Types of what we use of `@std/path`, whose npm form has none. */

/** The last part of a path, without `suffix`. */
export function basename(path: string, suffix?: string): string;
/** The path of the folder that holds `path`. */
export function dirname(path: string): string;
/** The ending of a path with its dot, or `""`. */
export function extname(path: string): string;
/** Whether a path does not depend on the current folder. */
export function isAbsolute(path: string): boolean;
/** Puts parts together and normalises the result. */
export function join(...paths: string[]): string;
/** The path that leads from one folder to another place. */
export function relative(from: string, to: string): string;
/** Makes an absolute path, reading parts from right to left until one is absolute. */
export function resolve(...paths: string[]): string;
/** The shortest path that means the same, without looking at the disk. */
export function normalize(path: string): string;
/** What stands between the parts of a path on this system. */
export const SEPARATOR: string;
