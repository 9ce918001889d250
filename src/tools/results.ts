import type { Json, ToolAnswer, ToolFile } from "./tool.ts";

/** Files of one result that are kept. */
const maxFiles = 100;

/** A part of a tool's result, as the protocol has it. */
type Content = Readonly<Record<string, unknown>>;

/**
 * The result of a tool as a value: structured data as it is, texts as one text. Images, sounds and resources are files,
 * and the value then is `{ text, data, files, links }`, each if there is any.
 */
export function answerOf(result: Readonly<Record<string, unknown>>, tool: string): ToolAnswer {
  const content = Array.isArray(result["content"]) ? result["content"] as readonly Content[] : [];
  const text = content.filter(({ type }) => type === "text").map((part) => String(part["text"])).join("\n");
  if (result["isError"] === true) {
    return { kind: "error", name: "ToolError", message: text || `${tool} failed, and gave no reason` };
  }
  const files = filesOf(content, tool);
  const links = content.filter(({ type }) => type === "resource_link").map((part) => ({
    uri: String(part["uri"]),
    name: String(part["name"] ?? part["uri"]),
  }));
  const data = result["structuredContent"] as Json | undefined;
  if (files.length === 0 && links.length === 0) return { kind: "result", value: data ?? text, files: [] };
  const value = {
    ...(text === "" ? {} : { text }),
    ...(data === undefined ? {} : { data }),
    ...(links.length === 0 ? {} : { links }),
  };
  return { kind: "result", value, files };
}

function filesOf(content: readonly Content[], tool: string): ToolFile[] {
  const files: ToolFile[] = [];
  const names = new Set<string>();
  const add = (wanted: string, summary: string, text: string) => {
    let name = wanted;
    for (let count = 2; names.has(name); count++) name = `${wanted} (${count})`;
    names.add(name);
    files.push({ name, summary, content: text });
  };
  for (const part of content) {
    if (files.length === maxFiles) break;
    const { type } = part;
    if (type === "image" || type === "audio") {
      const mime = String(part["mimeType"] ?? "application/octet-stream");
      const data = String(part["data"] ?? "");
      add(`${tool} ${type}`, `${mime}, ${shownSize(data.length * 3 / 4)}`, `data:${mime};base64,${data}`);
    } else if (type === "resource") {
      const resource = part["resource"];
      if (typeof resource !== "object" || resource === null) continue;
      const { uri, text, blob, mimeType } = resource as Content;
      const mime = String(mimeType ?? (typeof text === "string" ? "text/plain" : "application/octet-stream"));
      const whole = typeof text === "string" ? text : `data:${mime};base64,${String(blob ?? "")}`;
      const size = typeof text === "string" ? whole.length : String(blob ?? "").length * 3 / 4;
      add(String(uri ?? `${tool} resource`), `${mime}, ${shownSize(size)}`, whole);
    }
  }
  return files;
}

function shownSize(bytes: number): string {
  return bytes < 1024 ? `${Math.round(bytes)} bytes` : `${Math.round(bytes / 1024)} KiB`;
}
