export { cleanLine, cleanText, jsonText } from "./clean_text.ts";
