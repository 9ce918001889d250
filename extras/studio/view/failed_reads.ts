import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Failure, ProgramFile } from "../data/studio_api.ts";
import type { SessionView } from "../state/session_view.ts";
import { failedPlaces, samePath } from "./stack.tsx";

/** The names of the variables that the step of the failure reads; empty without a failure. */
export function useFailedReads(view: SessionView): ReadonlySet<string> {
  const files = useSignal<readonly ProgramFile[]>([]);
  const failure = view.failure.value;
  useEffect(() => {
    if (failure) view.reader.program(view.id).then((read) => files.value = read).catch(() => {});
  }, [view.id, failure]);
  return failure ? namesReadBy(failure, files.value) : new Set();
}

/** Finds `$name` in the step, and also `state.name` in the lines of code that the error names. */
function namesReadBy({ stepText = "", reason }: Failure, files: readonly ProgramFile[]): ReadonlySet<string> {
  const lines = failedPlaces(reason).map(({ file, line }) =>
    files.find(({ path }) => samePath(path, file))?.text.split("\n")[line - 1] ?? ""
  );
  const found = [stepText, ...lines].flatMap((
    text,
  ) => [...text.matchAll(/(?:\$|\bstate\.)([\p{L}_][\p{L}\d_]*)/gu)]);
  return new Set(found.map(([, name]) => name!));
}
