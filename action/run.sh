#!/usr/bin/env bash
# Runs the program. A cancelled job gets a signal: it is passed on, so that the session stops at a point from which it can be
# resumed. Sets the outputs, writes the job's summary, and exits with the exit code of playbooks.
set -uo pipefail
args=(run)
while IFS= read -r line; do [ -z "$line" ] || args+=("$line"); done <<<"${PROGRAM_FILES:-}"
[ "${PROGRAM_RESUME:-false}" != true ] || args+=(--resume)
args+=(--non-interactive --json)
while IFS= read -r line; do [ -z "$line" ] || args+=("$line"); done <<<"${PROGRAM_ARGS:-}"
"$PROGRAM_BINARY" "${args[@]}" </dev/null >"$PROGRAM_EVENTS" &
child=$!
trap 'kill -TERM "$child" 2>/dev/null' INT TERM
wait "$child"
code=$?
# A signal ends `wait` before the child has ended.
while kill -0 "$child" 2>/dev/null; do
  wait "$child"
  code=$?
done
cat "$PROGRAM_EVENTS"
end=$(tail -n 1 "$PROGRAM_EVENTS")
field() { printf '%s\n' "$end" | sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"; }
{
  for name in session status next; do echo "$name=$(field "$name")"; done
  echo "exit=$code"
  echo "events=$PROGRAM_EVENTS"
} >>"${GITHUB_OUTPUT:-/dev/null}"
{
  echo "| session | status | exit code | go on with |"
  echo "| --- | --- | ---: | --- |"
  echo "| $(field session) | $(field status) | $code | $(field next) |"
} >>"${GITHUB_STEP_SUMMARY:-/dev/null}"
exit "$code"
