import { messageOf, PlaybooksError } from "../../../errors.ts";
import { HttpError } from "../../../frontends/http/mod.ts";
import { UsageError } from "../../usage_error.ts";

/**
 * Words an error of code that the command line uses, too, for a client of the API: its flags are fields of the request, and
 * commands about sessions are requests. Commands that only help at the server, such as `playbooks trust`, stay. Another
 * error is returned as it is. `fieldOf` gives the field of a flag.
 */
export function asRequestError(error: unknown, fieldOf = (flag: string) => flag): unknown {
  if (error instanceof UsageError) {
    const [, flag] = flagPattern.exec(error.reason) ?? [];
    const detail = requestWords(error.reason, fieldOf);
    const errors = flag === undefined ? {} : { errors: [{ field: fieldOf(flag), message: detail }] };
    return new HttpError("bad-request", `The request is wrong: ${detail}`, errors);
  }
  // Its own classes have texts of their own, and the routes do not know them.
  if (!(error instanceof PlaybooksError) || error.name !== "PlaybooksError") return error;
  return new PlaybooksError(requestWords(messageOf(error), fieldOf), { exitCode: error.exitCode });
}

/** `--city VALUE`: the flag, and the word for its value. */
const flagPattern = /(?<![\p{L}\p{N}-])--([\p{L}_][\p{L}\p{N}_-]*)(?: (?:VALUE|TEXT|[A-Z]{3,}))?/u;

/** A text about flags and commands, in words for a client of the API. */
export function requestWords(text: string, fieldOf = (flag: string) => flag): string {
  const asRequests = requests.reduce((words, [command, request]) => words.replaceAll(command, request), text);
  return asRequests.replaceAll(new RegExp(flagPattern, "gu"), (_, flag: string) => fieldOf(flag));
}

/** Commands, and the requests that do the same. */
const requests: readonly (readonly [RegExp, string])[] = [
  [/playbooks sessions stop (\S+)/g, "POST /v1/sessions/$1/stop"],
  [/playbooks sessions show (\S+)/g, "GET /v1/sessions/$1"],
  [
    /playbooks (?:sessions fork|resume) ([^\s@]+)@(\w+)(?: --fork)?(?: --set \S+)?/g,
    "POST /v1/sessions/$1/fork with position $2",
  ],
  [/playbooks (?:sessions fork (\S+)|resume (\S+) --fork)/g, "POST /v1/sessions/$1$2/fork"],
  [/playbooks resume (\S+) --message (?:TEXT|"…")/g, "POST /v1/sessions/$1/messages"],
  [/playbooks resume (\S+)/g, "POST /v1/sessions/$1/resume"],
  [
    /playbooks run (?:FILES )?--help lists (?:the program's parameters|the flags)/g,
    "GET /v1/programs lists the parameters",
  ],
  [/playbooks sessions(?: list)?(?= lists|$)/g, "GET /v1/sessions"],
  [/\bthis command\b/g, "this request"],
];
