import { countsOf, type Fields, numberAsText, objectOf, objectsOf, stringOf } from "./fields.ts";
import type { SaidError } from "./said_error.ts";
import type { WireAnswer } from "./wire_answer.ts";

/** An answer of Google's generateContent. A whole answer has the form of a chunk. */
export class GoogleAnswer implements WireAnswer {
  began = false;
  isFinished = false;

  take(value: Fields): readonly object[] | undefined {
    const chunk = objectOf(value["response"]) ?? value;
    if (!("candidates" in chunk || "usageMetadata" in chunk || "promptFeedback" in chunk)) return undefined;
    const [candidate] = objectsOf(chunk["candidates"]);
    const usage = objectOf(chunk["usageMetadata"]);
    const blocked = stringOf(objectOf(chunk["promptFeedback"])?.["blockReason"]);
    this.began ||= candidate !== undefined || blocked !== "";
    const finish = stringOf(candidate?.["finishReason"]);
    this.isFinished ||= finish !== "" || blocked !== "";
    const parts = objectsOf(objectOf(candidate?.["content"])?.["parts"]).flatMap(partOf);
    return [{
      ...(candidate
        ? {
          candidates: [{
            content: { role: "model", parts },
            ...(finish === "" ? {} : { finishReason: finish }),
          }],
        }
        : {}),
      ...(usage ? { usageMetadata: countsOf(usage, counted) } : {}),
      ...(blocked === "" ? {} : { promptFeedback: { blockReason: blocked } }),
    }];
  }

  end(isDone: boolean): readonly object[] {
    if (!isDone || !this.began || this.isFinished) return [];
    return [{ candidates: [{ content: { role: "model", parts: [] }, finishReason: "STOP" }] }];
  }

  error({ message, status }: SaidError): object {
    return { error: { code: status, message, status: "UNKNOWN" } };
  }
}

const counted = [
  "promptTokenCount",
  "cachedContentTokenCount",
  "candidatesTokenCount",
  "thoughtsTokenCount",
  "totalTokenCount",
] as const;

/** The text, thought or call of a part; none for data that no answer of ours has. */
function partOf(part: Fields): Fields[] {
  const text = numberAsText(part["text"]);
  if (text !== "") return [{ text, ...(part["thought"] === true ? { thought: true } : {}) }];
  const call = objectOf(part["functionCall"]);
  const name = stringOf(call?.["name"]);
  return name === "" ? [] : [{ functionCall: { name, args: objectOf(call!["args"]) ?? {} } }];
}
