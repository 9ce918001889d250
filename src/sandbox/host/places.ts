import type { RawError } from "../guest/protocol.ts";
import type { PreparedCode } from "./turn_code.ts";
import type { PreparedScope } from "./prepare.ts";
import type { CodeError } from "../sandbox.ts";

/** Converts an error of the guest: finds its place in the original code. */
export function locate(raw: RawError, prepared: PreparedScope): CodeError {
  const { name, message } = readable(raw);
  if (prepared.kind === "failed") return { name, message };
  const frames = framesOf(raw.stack ?? "");
  const own = frames.find((frame) => frame.file === prepared.mainFile);
  const inModule = frames.find((frame) => frame.file === "code.js");
  const frame = own ?? (prepared.mainFile === "code.js" ? undefined : inModule);
  const code = frame === undefined ? undefined : frame.file === "turn.js" ? prepared.turn : prepared.module;
  if (frame === undefined || code === undefined) return { name, message };

  const offset = code.edits.originalOffset(frame.line - 1, frame.column);
  if (offset === undefined) return { name, message };
  const callee = message === "not a function" && frame === frames[0] ? calleeAt(code, offset) : undefined;
  const shown = callee === undefined ? message : `${callee} is not a function`;
  const place = code.edits.positionOf(offset);
  if (frame.file === prepared.mainFile) {
    // The line is that of the turn. The message names the line in the agent's own code.
    const inner = frames[0];
    if (inner?.file === "code.js" && inner !== frame && prepared.module !== undefined) {
      const at = prepared.module.edits.originalOffset(inner.line - 1, inner.column);
      if (at !== undefined) {
        const { line } = prepared.module.edits.positionOf(at);
        return { name, message: `${shown} (at line ${line} of the agent's code)`, ...place };
      }
    }
    return { name, message: shown, ...place };
  }
  return { name, message: `${shown} (at line ${place.line} of the agent's code)` };
}

interface Frame {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

function framesOf(stack: string): readonly Frame[] {
  return [...stack.matchAll(/[( ](turn\.js|code\.js):(\d{1,9}):(\d{1,9})\)?$/gm)].map((
    [, file, line, column],
  ) => ({
    file: file!,
    line: Number(line),
    column: Number(column),
  }));
}

function readable({ name, message }: RawError): { name: string; message: string } {
  if (message === "stack overflow") {
    return { name: "RangeError", message: "stack overflow: calls are nested too deeply" };
  }
  return { name, message };
}

function calleeAt(code: PreparedCode, offset: number): string | undefined {
  return code.callees.get(offset);
}
