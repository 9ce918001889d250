import { isNone, pythonError, wholeNumber } from "./python_values.ts";

/*
 * `date`, `datetime`, `time` and `timedelta`. The clock of the sandbox decides what time it is, in UTC.
 */

const dayMs = 86_400_000;
const weekdays = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const months = (
  "January February March April May June July August September October November December"
).split(" ");

/** A date, or a date with a time. */
class Moment {
  readonly ms: number;
  readonly isDate: boolean;

  constructor(ms: number, isDate: boolean) {
    this.ms = isDate ? Math.floor(ms / dayMs) * dayMs : ms;
    this.isDate = isDate;
  }

  get order(): number {
    return this.ms;
  }

  get year(): number {
    return new Date(this.ms).getUTCFullYear();
  }

  get month(): number {
    return new Date(this.ms).getUTCMonth() + 1;
  }

  get day(): number {
    return new Date(this.ms).getUTCDate();
  }

  get hour(): number {
    return new Date(this.ms).getUTCHours();
  }

  get minute(): number {
    return new Date(this.ms).getUTCMinutes();
  }

  get second(): number {
    return new Date(this.ms).getUTCSeconds();
  }

  get microsecond(): number {
    return new Date(this.ms).getUTCMilliseconds() * 1000;
  }

  weekday(): number {
    return (new Date(this.ms).getUTCDay() + 6) % 7;
  }

  isoweekday(): number {
    return this.weekday() + 1;
  }

  date(): Moment {
    return new Moment(this.ms, true);
  }

  timestamp(): number {
    return this.ms / 1000;
  }

  isoformat(separator: unknown = "T"): string {
    const day = this.strftime("%Y-%m-%d");
    if (this.isDate) return day;
    const micro = this.microsecond === 0 ? "" : `.${two(this.microsecond, 6)}`;
    return `${day}${String(separator)}${this.strftime("%H:%M:%S")}${micro}`;
  }

  pythonText(): string {
    return this.isoformat(" ");
  }

  strftime(format: unknown): string {
    return String(format).replace(/%(-?)([a-zA-Z%])/g, (all, bare: string, letter: string) => {
      const text = this.#part(letter);
      if (text === undefined) throw pythonError("ValueError", `strftime has no ${all}`);
      return bare === "-" ? text.replace(/^0+(?=\d)/, "") : text;
    });
  }

  #part(letter: string): string | undefined {
    switch (letter) {
      case "Y":
        return two(this.year, 4);
      case "y":
        return two(this.year % 100);
      case "m":
        return two(this.month);
      case "d":
        return two(this.day);
      case "e":
        return String(this.day).padStart(2, " ");
      case "H":
        return two(this.hour);
      case "I":
        return two((this.hour + 11) % 12 + 1);
      case "M":
        return two(this.minute);
      case "S":
        return two(this.second);
      case "f":
        return two(this.microsecond, 6);
      case "p":
        return this.hour < 12 ? "AM" : "PM";
      case "A":
        return weekdays[this.weekday()];
      case "a":
        return weekdays[this.weekday()]!.slice(0, 3);
      case "B":
        return months[this.month - 1];
      case "b":
      case "h":
        return months[this.month - 1]!.slice(0, 3);
      case "j":
        return two(this.#yearDay(), 3);
      case "u":
        return String(this.weekday() + 1);
      case "w":
        return String((this.weekday() + 1) % 7);
      case "U":
        return two(Math.floor((this.#yearDay() + 6 - (this.weekday() + 1) % 7) / 7));
      case "W":
        return two(Math.floor((this.#yearDay() + 6 - this.weekday()) / 7));
      case "V":
        return two(this.#isoWeek());
      case "s":
        return String(Math.floor(this.ms / 1000));
      case "F":
        return this.strftime("%Y-%m-%d");
      case "T":
      case "X":
        return this.strftime("%H:%M:%S");
      case "R":
        return this.strftime("%H:%M");
      case "D":
      case "x":
        return this.strftime("%m/%d/%y");
      case "c":
        return this.strftime("%a %b %e %H:%M:%S %Y");
      case "Z":
      case "z":
        return "";
      case "%":
        return "%";
      default:
        return undefined;
    }
  }

  #yearDay(): number {
    return Math.floor((this.ms - Date.UTC(this.year, 0, 1)) / dayMs) + 1;
  }

  #isoWeek(): number {
    const thursday = new Moment(this.ms + (3 - this.weekday()) * dayMs, true);
    return Math.floor((thursday.#yearDay() - 1) / 7) + 1;
  }
}

function two(value: number, width = 2): string {
  return String(value).padStart(width, "0");
}

/** A length of time. */
class Delta {
  readonly ms: number;

  constructor(ms: number) {
    this.ms = ms;
  }

  get order(): number {
    return this.ms;
  }

  get days(): number {
    return Math.floor(this.ms / dayMs);
  }

  get seconds(): number {
    return Math.floor((this.ms - this.days * dayMs) / 1000);
  }

  total_seconds(): number {
    return this.ms / 1000;
  }

  pythonText(): string {
    const { days, seconds } = this;
    const clock = `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
    return days === 0 ? clock : `${days} day${Math.abs(days) === 1 ? "" : "s"}, ${clock}`;
  }

  strftime(): string {
    throw pythonError("TypeError", "a length of time has no format; write str(…) around it");
  }
}

export function isMoment(value: unknown): value is Moment {
  return value instanceof Moment;
}

export function isDelta(value: unknown): value is Delta {
  return value instanceof Delta;
}

export function movedMoment(moment: Moment, delta: Delta, direction: 1 | -1): Moment {
  return new Moment(moment.ms + direction * delta.ms, moment.isDate);
}

export function momentDifference(a: Moment, b: Moment): Delta {
  return new Delta(a.ms - b.ms);
}

export function scaledDelta(delta: Delta, factor: number): Delta {
  return new Delta(delta.ms * factor);
}

/** The date and time of now. */
export function currentTime(): Moment {
  return new Moment(Date.now(), false);
}

/** The date of today. */
function currentDate(): Moment {
  return new Moment(Date.now(), true);
}

type Call = (args: readonly unknown[], named: Readonly<Record<string, unknown>>) => unknown;

/** A name with functions, such as `math`. `call` is what a call of the name itself does; `value` is its own value. */
export interface PythonModule {
  readonly functions: Readonly<Record<string, Call | PythonModule>>;
  readonly values?: Readonly<Record<string, unknown>>;
  readonly call?: Call;
  readonly value?: () => unknown;
}

const fields = ["year", "month", "day", "hour", "minute", "second", "microsecond"];

function momentFrom(
  args: readonly unknown[],
  named: Readonly<Record<string, unknown>>,
  isDate: boolean,
): Moment {
  const given = fields.slice(0, isDate ? 3 : 7).map((name, index) => {
    const value = args[index] ?? named[name];
    if (isNone(value) && index < 3) throw pythonError("TypeError", `a date needs a year, a month and a day`);
    return isNone(value) ? 0 : wholeNumber(value, `The ${name}`);
  });
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0, micro = 0] = given;
  const date = new Date(Date.UTC(2000, month - 1, day, hour, minute, second, Math.floor(micro / 1000)));
  date.setUTCFullYear(year, month - 1, day);
  if (
    date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day || hour > 23 || minute > 59 || second > 59
  ) {
    throw pythonError("ValueError", `there is no date ${year}-${two(month)}-${two(day)}`);
  }
  return new Moment(date.getTime(), isDate);
}

function fromIso(text: unknown, isDate: boolean): Moment {
  const given = String(text).trim();
  const ms = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)?(?:Z|[+-]\d\d:\d\d)?$/.test(given)
    ? Date.parse(
      given.length === 10 ? given : `${given.replace(" ", "T")}${/Z|[+-]\d\d:\d\d$/.test(given) ? "" : "Z"}`,
    )
    : NaN;
  if (Number.isNaN(ms)) throw pythonError("ValueError", `"${given}" is not a date such as 2026-01-31`);
  return new Moment(ms, isDate);
}

const unitMs: Readonly<Record<string, number>> = {
  days: dayMs,
  seconds: 1000,
  microseconds: 0.001,
  milliseconds: 1,
  minutes: 60_000,
  hours: 3_600_000,
  weeks: 7 * dayMs,
};

const timedelta: PythonModule = {
  functions: {},
  call: (args, named) => {
    const names = Object.keys(unitMs);
    let ms = 0;
    for (const [index, name] of names.entries()) {
      const value = args[index] ?? named[name];
      if (!isNone(value)) ms += Number(value) * unitMs[name]!;
    }
    const unknown = Object.keys(named).find((name) => !names.includes(name));
    if (unknown !== undefined || Number.isNaN(ms)) {
      throw pythonError("TypeError", `timedelta takes ${names.join(", ")} as numbers`);
    }
    return new Delta(ms);
  },
};

const dateModule: PythonModule = {
  functions: {
    today: currentDate,
    fromisoformat: ([text]) => fromIso(text, true),
    fromtimestamp: ([seconds]) => new Moment(Number(seconds) * 1000, true),
  },
  call: (args, named) => momentFrom(args, named, true),
  value: currentDate,
};

const moments: PythonModule["functions"] = {
  now: currentTime,
  today: currentTime,
  utcnow: currentTime,
  fromisoformat: ([text]) => fromIso(text, false),
  fromtimestamp: ([seconds]) => new Moment(Number(seconds) * 1000, false),
};

const momentOf: Call = (args, named) => momentFrom(args, named, false);

/** The modules and classes of dates and times, by name. `datetime` may be the module or the class. */
export const dateModules: Readonly<Record<string, PythonModule>> = {
  date: dateModule,
  timedelta,
  datetime: {
    functions: { ...moments, timedelta, date: dateModule, datetime: { functions: moments, call: momentOf } },
    call: momentOf,
  },
  time: {
    functions: {
      time: () => Date.now() / 1000,
      strftime: ([format]) => currentTime().strftime(format),
    },
  },
};
