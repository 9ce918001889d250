export { cutText } from "./cut_text.ts";
export { cleanLine, cleanText, jsonText } from "./clean_text.ts";
export { durationInWords } from "./duration.ts";
export { infiniteNumberPath } from "./infinite_number.ts";
export { isNestedTooDeep } from "./nesting.ts";
export { jsonOrText } from "./json_or_text.ts";
export { isCostlyMarkdown } from "./costly_markdown.ts";
