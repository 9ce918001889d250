/** An expression that matches exactly this text. */
export function patternOf(text: string, flags: string): RegExp {
  return new RegExp(text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&"), flags);
}

/** An expression that matches each JSON text that has this text in one of its strings. */
export function patternInJson(text: string, flags: string): RegExp {
  return patternOf(JSON.stringify(text).slice(1, -1), flags);
}
