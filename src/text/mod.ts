export { cleanLine, cleanText, hasControls, jsonText } from "./clean_text.ts";
