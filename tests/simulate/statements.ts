import type { Kind } from "./generate.ts";
import type { Random } from "./random.ts";

/** A playbook that others may call, with its cost in effects. */
export interface Callable {
  readonly name: string;
  readonly klass: number;
  readonly cost: number;
  readonly fails: boolean;
}

/** The context of a playbook's statements. */
export interface Writing {
  readonly random: Random;
  readonly kind: Kind;
  readonly klass: number;
  readonly classes: number;
  /** Classes with a lower index have a begin playbook. */
  readonly begins: number;
  /** The permitted callees. They exclude endless recursion. */
  readonly callables: readonly Callable[];
  readonly name: string;
  readonly style: "main" | "model" | "code" | "failing" | "waiter";
}

/** Writes the code of one playbook. */
export class Statements {
  /** Effects of the playbook and its callees. */
  cost = 0;
  readonly #writing: Writing;
  /** Variables of earlier turns that hold a number. */
  readonly #locals: string[] = [];
  #tags = 0;
  /** Whether the current turn returns. */
  #last = true;
  /** Extra text for `Say` in a loop, which repeats one tag. */
  #inLoop = "";

  constructor(writing: Writing) {
    this.#writing = writing;
  }

  /** The answers of a model, one per turn; for code the lines of a function body. */
  playbook(): string[] {
    const { style, random } = this.#writing;
    if (style === "failing") return [this.#some(2), `throw new Error("failed ${this.#tag()}");`];
    if (style === "code") {
      const counted = "state.n = (state.n ?? 0) + 1;";
      return [counted, this.#some(3), counted, this.#codeEnding()];
    }
    if (style === "waiter") {
      return [
        `const got = await WaitForMessage("K0");\nfor (const m of got) for (const token of m.text.match(/tok:\\S+/g) ?? []) state.mail = [...(state.mail ?? []), token].sort();\n${
          this.#some(1)
        }`,
        `Return(${this.#value()});`,
      ];
    }
    const turns: string[] = [];
    const count = 1 + random.below(3);
    this.#last = false;
    for (let turn = 1; turn < count; turn++) {
      const name = `v${turn}`;
      const broken = random.chance(0.2) ? `\n${this.#broken()}` : "";
      // Later turns do not use the variables of a failed turn.
      turns.push(`${this.#step()}var ${name} = ${this.#value()};\n${this.#some(3)}${broken}`);
      if (broken === "") this.#locals.push(name);
    }
    this.#last = true;
    turns.push(`${this.#step()}${this.#some(3)}\n${this.#ending()}`);
    return turns;
  }

  #step(): string {
    return this.#writing.random.chance(0.3) ? 'Step("01");\n' : "";
  }

  #broken(): string {
    return this.#writing.random.pick([
      `throw new Error("broken ${this.#tag()}");`,
      "nothingOfThisName();",
      "null.x;",
      "await Promise.reject(new TypeError('rejected'));",
    ]);
  }

  #ending(): string {
    const { kind, style, random } = this.#writing;
    const value = this.#value();
    const ends = style === "main" && (kind === "abrupt" || (kind === "sequential" && random.chance(0.3)));
    if (ends) {
      return random.pick(["EndProgram();", "Say('user', 'last'); EndProgram(); Say('user', 'NEVER');"]);
    }
    return random.pick([
      `Return(${value});`,
      `Return(${value});`,
      `Return(${value}); await Say("user", "NEVER"); state.never = true;`,
      `try { Return(${value}); } catch (error) { await Say("user", "NEVER"); } finally { Say("user", "NEVER"); }`,
      `await (async () => { await null; Return(${value}); })();`,
      `await Promise.all([Sleep(1), (async () => { ${this.#say()} Return(${value}); })()]);`,
      `for (;;) { ${this.#say()} if (state.n !== "NEVER") Return(${value}); await Say("user", "NEVER"); }`,
      `try { await Sleep(0); Return(${value}); } finally { state.never = true; await Say("user", "NEVER"); }`,
      `(state.items ??= []).push("${this.#tag()}"); try { Return(${value}); } finally { state.items.push("NEVER"); }`,
      `Say("user", ${this.#words()}); Return(${value}, "did ${this.#writing.name}");`,
    ]);
  }

  /** A returning function runs its `finally`; a turn that calls `Return` does not. */
  #codeEnding(): string {
    const value = this.#value();
    return this.#writing.random.pick([
      `return ${value};`,
      `return ${value};`,
      `try { if (a !== "none") return ${value}; await Say("user", "NEVER"); } finally { ${this.#say()} }`,
      `for (;;) { ${this.#say()} return ${value}; }`,
    ]);
  }

  #some(most: number): string {
    const lines: string[] = [];
    for (let count = 1 + this.#writing.random.below(most); count > 0; count--) {
      lines.push(this.#statement(0));
    }
    return lines.join("\n");
  }

  #statement(depth: number): string {
    const { random, kind } = this.#writing;
    const simple = [
      () => this.#say(),
      () => this.#say(),
      () => this.#write(),
      () => this.#write(),
      () => this.#chance(),
      () => this.#sleep(),
      () => this.#person(),
      () => this.#artifact(),
      () => this.#fetch(),
      () => this.#fetch(),
      () => this.#caught(),
      () => this.#send(),
      () => this.#timeout(),
      () => 'LogTrigger("T1");',
    ];
    const nested = [
      () => this.#call(),
      () => this.#call(),
      () => this.#call(),
      () => this.#created(),
      () => this.#loop(depth),
      ...(kind === "sequential" ? [() => this.#read()] : [
        () => this.#all(depth),
        () => this.#contend(),
        () => this.#race(),
        () => this.#unawaited(),
        () => this.#withToken(),
        () => this.#settled(depth),
        () => this.#whileModelThinks(),
        () => this.#twoWaits(),
        () => this.#sendersAtOnce(),
      ]),
    ];
    return random.pick(depth < 2 && random.chance(0.55) ? nested : simple)();
  }

  #tag(): string {
    this.#tags++;
    return `${this.#writing.name}.${this.#tags}`;
  }

  #words(): string {
    const { random, style } = this.#writing;
    const more = [
      ...(style === "main" || style === "waiter" ? [] : ['" " + a']),
      ...this.#locals.map((name) => `" " + ${name}`),
      '""',
    ];
    return `"${this.#tag()}"${this.#inLoop} + ${random.pick(more)}`;
  }

  #value(): string {
    const { random, style } = this.#writing;
    const numbers = [String(random.below(9)), ...this.#locals, ...(style === "main" ? [] : ["a"])];
    return `(${random.pick(numbers)} + ${random.below(5)})`;
  }

  #say(): string {
    this.cost++;
    return `await Say("user", ${this.#words()});`;
  }

  #unawaited(): string {
    this.cost += 2;
    // In the last turn only the clock decides whether later effects come before the return.
    if (this.#last && this.#writing.kind !== "abrupt") return `Say("user", ${this.#words()}); Sleep(2);`;
    return this.#writing.random.pick([
      `Say("user", ${this.#words()}); Sleep(2).then(() => Say("user", ${this.#words()}));`,
      `Sleep(1).then(() => { state.late = (state.late ?? 0) + 1; });`,
    ]);
  }

  #write(): string {
    const tag = this.#tag();
    return this.#writing.random.pick([
      "state.n = (state.n ?? 0) + 1;",
      `(state.log ??= []).push("${tag}"); state.log.sort();`,
      `state.log = [...(state.log ?? []), "${tag}"].sort();`,
      `state.deep ??= { map: new Map(), set: new Set(), when: new Date(0), big: 1n }; state.deep.map.set("${tag}", [1n]); state.deep.set.add("${tag}");`,
      `(state.long ??= ["${"long ".repeat(500)}"]).push("${tag}");`,
      `(state.items ??= []).push({ tag: "${tag}", nested: [1, { two: 2n }] });`,
      `((state.tree ??= {}).branch ??= {})["${tag}"] = { leaf: [1] }; state.tree.branch["${tag}"].leaf.push(2);`,
      `state["t${tag}"] = { a: [1] }; state["t${tag}"].a.push(2); await Sleep(0); delete state["t${tag}"];`,
      `state.obj ??= {}; state.obj["${tag}"] = true; await Say("user", "${tag}"${this.#inLoop}); state.obj["${tag}"] = [undefined, -0, null]; state.n = (state.n ?? 0) + 2;`,
    ]);
  }

  /** Says the time and a random number, so a replay with other values diverges visibly. */
  #chance(): string {
    const tag = this.#tag();
    this.cost += 2;
    return `{ const r = Math.random(), at = Date.now(); await Say("user", "${tag} r" + r + " at" + at); await Say("user", "${tag} r" + r + " r" + Math.random() + " at" + Date.now() + " at" + at); }`;
  }

  #sleep(): string {
    this.cost++;
    return `await Sleep(${this.#writing.random.pick([0, 0.2, 1, 3, 60])});`;
  }

  #person(): string {
    this.cost += 2;
    const more = this.#writing.kind === "sequential"
      ? " + answer"
      : ' + (JSON.stringify(answer) === `"yes"`)';
    const options = this.#writing.kind !== "sequential" && this.#writing.random.chance(0.2)
      ? ", { timeout: 20 }"
      : "";
    const said = options === ""
      ? `"${this.#tag()} "${this.#inLoop}${more}`
      : `"${this.#tag()}"${this.#inLoop}`;
    return `{ const answer = await Yield("user"${options}); await Say("user", ${said}); }`;
  }

  #artifact(): string {
    const tag = this.#tag();
    this.cost += 3;
    return `await SaveArtifact("${tag}", "some", "content of ${tag}"); { const kept = await LoadArtifact("${tag}"); await Say("user", kept.content${this.#inLoop}); }`;
  }

  #fetch(): string {
    const tag = this.#tag();
    this.cost += 2;
    const options = this.#writing.random.chance(0.7) ? ', { method: "POST", body: "x" }' : "";
    const path = this.#writing.random.pick(["up", "up", "up", "up", "up", "up", "up", "up", "down", "lost"]);
    return `try { const got = await fetch("http://sim/${path}/${tag}"${options}); await Say("user", (await got.text())${this.#inLoop}); } catch (error) { await Say("user", "${tag} " + error.name); }`;
  }

  #caught(): string {
    const tag = this.#tag();
    this.cost += 2;
    const failing = this.#writing.random.pick([
      'await LoadArtifact("none");',
      'await CreateAgent("Nobody");',
      `throw new RangeError("${tag}");`,
      'await Say("nobody at all", "hello");',
      "await Sleep(-1);",
      'await fetch("http://elsewhere/");',
    ]);
    return `try { ${failing} } catch (error) { await Say("user", "${tag} " + error.name${this.#inLoop}); } finally { state.n = (state.n ?? 0) + 1; }`;
  }

  /** A token for another agent's inbox: it must be taken there exactly once. */
  #send(): string {
    const other = this.#otherClass();
    if (other === undefined || this.#writing.kind === "sequential") return this.#say();
    this.cost += 3;
    return `await Say(agents.byClass("K${other}")[0], "tok:${this.#tag()}"${this.#inLoop});`;
  }

  #timeout(): string {
    const other = this.#otherClass();
    if (other === undefined) return this.#sleep();
    this.cost += 2;
    // A copy: code that judges unread words directly is refused.
    return `{ const words = await Yield(agents.byClass("K${other}")[0], { timeout: 2 }); for (const token of JSON.parse(JSON.stringify(words)).match(/tok:\\S+/g) ?? []) state.mail = [...(state.mail ?? []), token].sort(); await Say("user", "${this.#tag()}"${this.#inLoop}); }`;
  }

  #otherClass(): number | undefined {
    const { classes, klass, random } = this.#writing;
    return classes > 1 ? (klass + 1 + random.below(classes - 1)) % classes : undefined;
  }

  #call(): string {
    const call = this.#callExpression();
    if (call === undefined) return this.#say();
    this.cost++;
    const said = `await Say("user", "${this.#tag()} " + got${this.#inLoop});`;
    return call.fails
      ? `try { await ${call.text}; } catch (error) { await Say("user", "${this.#tag()} " + error.name${this.#inLoop}); }`
      : `{ const got = await ${call.text}; ${said} }`;
  }

  #callExpression(): { readonly text: string; readonly fails: boolean } | undefined {
    const { callables, random, klass, begins } = this.#writing;
    const affordable = callables.filter((each) => each.cost + this.cost < 24);
    if (affordable.length === 0) return undefined;
    const callee = random.pick(affordable);
    this.cost += callee.cost;
    const args = random.chance(0.8) ? this.#value() : `{ a: ${this.#value()} }`;
    if (callee.klass === klass) return { text: `${callee.name}(${args})`, fails: callee.fails };
    // A class with a begin playbook would run it again in the agent that the call creates.
    const owner = callee.klass >= begins && random.chance(0.25)
      ? `K${callee.klass}`
      : `agents.byClass("K${callee.klass}")[0]`;
    return { text: `${owner}.${callee.name}(${args})`, fails: callee.fails };
  }

  #created(): string {
    const { callables, random, begins, klass } = this.#writing;
    const made = callables.filter((each) =>
      each.klass >= begins && each.klass !== klass && each.cost + this.cost < 20 && !each.fails
    );
    if (made.length === 0) return this.#say();
    const callee = random.pick(made);
    this.cost += callee.cost + 2;
    const how = random.pick([
      `CreateAgent("K${callee.klass}", { born: 1 })`,
      `K${callee.klass}.getOrCreate()`,
    ]);
    return `{ const one = await ${how}; await Say("user", "${this.#tag()} " + await one.${callee.name}(${this.#value()})${this.#inLoop}); }`;
  }

  #loop(depth: number): string {
    const before = this.#inLoop;
    const name = `i${depth}`;
    const cost = this.cost;
    this.#inLoop = `${before} + " " + ${name}`;
    const body = this.#statement(depth + 1);
    this.#inLoop = before;
    this.cost += this.cost - cost;
    return `for (let ${name} = 0; ${name} < 2; ${name}++) { ${body} }`;
  }

  #all(depth: number): string {
    const { random } = this.#writing;
    const branches: string[] = [];
    for (let count = 2 + random.below(2); count > 0; count--) {
      branches.push(`(async () => { ${this.#statement(depth + 1)} ${this.#write()} })()`);
    }
    return `await Promise.all([${branches.join(", ")}]);`;
  }

  /** Threads of one agent that write the same variables. */
  #contend(): string {
    const first = this.#callExpression();
    const second = this.#callExpression();
    if (!first || !second || first.fails || second.fails) return this.#all(1);
    this.cost += 2;
    const count = "state.n = (state.n ?? 0) + 1;";
    return `{ const both = Promise.all([${first.text}, ${second.text}]); for (let i = 0; i < 2; i++) { ${count} await Say("user", "${this.#tag()} " + i${this.#inLoop}); ${count} } await both; ${count} }`;
  }

  #race(): string {
    this.cost += 3;
    const call = this.#callExpression();
    const slow = call && !call.fails ? call.text : "Sleep(3)";
    const late = this.#writing.random.pick([
      "",
      "Sleep(400)",
      "(async () => { await Sleep(300); throw new Error(); })()",
    ]);
    return `await Promise.race([${slow}, Sleep(1), ${late}]); await Say("user", "${this.#tag()}"${this.#inLoop});`;
  }

  /** Failures beside successes; the code waits for all of them. */
  #settled(depth: number): string {
    const { random } = this.#writing;
    const tag = this.#tag();
    this.cost += 3;
    const failing = random.pick([
      `LoadArtifact("none")`,
      `(async () => { await Sleep(1); throw new Error("${tag}"); })()`,
      `Promise.reject(new Error("${tag}"))`,
    ]);
    const good = `(async () => { ${this.#statement(depth + 1)} return 1; })()`;
    return random.pick([
      `{ const all = await Promise.allSettled([${failing}, ${good}]); await Say("user", "${tag} " + all.map((each) => each.status)${this.#inLoop}); }`,
      `{ const work = ${good}; try { await Promise.all([work, ${failing}]); } catch (error) { await Say("user", "${tag} " + error.name${this.#inLoop}); } finally { await work; state.n = (state.n ?? 0) + 1; } }`,
      `{ const one = await Promise.any([${failing}, ${good}]); await Say("user", "${tag} " + one${this.#inLoop}); }`,
    ]);
  }

  /** Timers that fire while a callee's model is busy. */
  #whileModelThinks(): string {
    const call = this.#callExpression();
    if (!call || call.fails) return this.#sleep();
    const { random } = this.#writing;
    this.cost += 4;
    const ticks = [0.05, 0.5, 2].slice(0, 1 + random.below(3)).map((seconds) =>
      `Sleep(${seconds}).then(() => { (state.ticks ??= []).push("${this.#tag()}"${this.#inLoop}); })`
    );
    return `await Promise.all([${call.text}, ${ticks.join(", ")}]);`;
  }

  /** Two waits at once, for one sender or for two. Exactly one wait takes each token. */
  #twoWaits(): string {
    const [one, two] = [this.#otherClass(), this.#otherClass()];
    if (one === undefined || two === undefined) return this.#sleep();
    this.cost += 4;
    const take =
      `for (const token of String(words).match(/tok:\\S+/g) ?? []) state.mail = [...(state.mail ?? []), token].sort();`;
    const waits = [[one, 1], [two, this.#writing.random.pick([1, 3])]].map(([klass, seconds]) =>
      `Yield(agents.byClass("K${klass}")[0], { timeout: ${seconds} }).then((words) => { ${take} })`
    );
    return `await Promise.all([${waits.join(", ")}]);`;
  }

  /** Messages to one agent from several threads, some of them delayed. */
  #sendersAtOnce(): string {
    const other = this.#otherClass();
    if (other === undefined) return this.#say();
    this.cost += 6;
    const sends = [0, 0.3, 0.6].map((seconds) =>
      `Sleep(${seconds}).then(() => Say(agents.byClass("K${other}")[0], "tok:${this.#tag()}"${this.#inLoop}))`
    );
    return `await Promise.all([${sends.join(", ")}]);`;
  }

  #withToken(): string {
    const waiters = this.#writing.callables.filter((each) =>
      each.klass !== this.#writing.klass && each.cost + this.cost < 22 && !each.fails
    );
    if (waiters.length === 0) return this.#send();
    const callee = this.#writing.random.pick(waiters);
    this.cost += callee.cost + 3;
    return `{ const other = agents.byClass("K${callee.klass}")[0]; const call = other.${callee.name}(1); await Say(other, "tok:${this.#tag()}"${this.#inLoop}); await call; }`;
  }

  /** Words that only a sequential program says the same way every time. */
  #read(): string {
    this.cost++;
    return `await Say("user", "${this.#tag()} " + JSON.stringify([state.n, state.log, [...(state.deep?.map ?? [])].length, agents.all.length])${this.#inLoop});`;
  }
}
