import type { Reply } from "./cases.ts";

/** The persons of a program, who answer what they are asked. */
export class Persons {
  readonly #replies: readonly Reply[];
  readonly #used = new Set<Reply>();
  /** What was said to each person since the last reply. */
  readonly #heard = new Map<string, string>();

  constructor(replies: readonly Reply[]) {
    this.#replies = replies;
  }

  hear(person: string, text: string): void {
    this.#heard.set(person, `${this.#heard.get(person) ?? ""}${text}\n`);
  }

  /**
   * The first reply whose condition fits and that was not said yet; then the first one without a condition; then one
   * that may be said again. `undefined` if nothing is left: the person has gone.
   */
  reply(person: string): string | undefined {
    const heard = this.#heard.get(person) ?? "";
    this.#heard.delete(person);
    const own = this.#replies.filter((each) => (each.person ?? "user") === person);
    const fits = (each: Reply) => each.if !== undefined && new RegExp(each.if, "i").test(heard);
    const fresh = own.filter((each) => !this.#used.has(each));
    const found = fresh.find(fits) ?? fresh.find((each) => each.if === undefined) ??
      own.find((each) => each.again && (each.if === undefined || fits(each)));
    if (found !== undefined) this.#used.add(found);
    return found?.say;
  }
}
