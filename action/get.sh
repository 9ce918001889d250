#!/usr/bin/env bash
# Downloads the binary for the runner's system and checks its checksum. Prints the output `binary`.
set -euo pipefail
output=${GITHUB_OUTPUT:-/dev/stdout}
if [ -n "${PLAYBOOKS_GET_BINARY:-}" ]; then
  echo "binary=$PLAYBOOKS_GET_BINARY" >>"$output"
  exit 0
fi
case "$PLAYBOOKS_GET_SYSTEM" in
  Linux-X64) name=playbooks-x86_64-unknown-linux-gnu ;;
  Linux-ARM64) name=playbooks-aarch64-unknown-linux-gnu ;;
  macOS-X64) name=playbooks-x86_64-apple-darwin ;;
  macOS-ARM64) name=playbooks-aarch64-apple-darwin ;;
  Windows-X64) name=playbooks-x86_64-pc-windows-msvc.exe ;;
  *) echo "There is no binary of playbooks for $PLAYBOOKS_GET_SYSTEM" >&2; exit 1 ;;
esac
from="$PLAYBOOKS_GET_URL/$PLAYBOOKS_GET_VERSION"
mkdir -p "$PLAYBOOKS_GET_FOLDER"
cd "$PLAYBOOKS_GET_FOLDER"
curl --fail --silent --show-error --location --retry 3 --output "$name" "$from/$name"
expected=${PLAYBOOKS_GET_SHA256:-}
if [ -z "$expected" ]; then
  curl --fail --silent --show-error --location --retry 3 --output SHA256SUMS "$from/SHA256SUMS"
  expected=$(awk -v name="$name" '$2 == name || $2 == "*" name { print $1 }' SHA256SUMS)
fi
actual=$( (sha256sum "$name" 2>/dev/null || shasum -a 256 "$name") | cut -d' ' -f1)
if [ -z "$expected" ]; then
  rm -f "$name"
  echo "The checksum of $from/$name is not in SHA256SUMS of the release; give it as the input sha256" >&2
  exit 1
fi
if [ "$actual" != "$expected" ]; then
  rm -f "$name"
  echo "The checksum of $from/$name is $actual, not $expected: the file was changed or cut off" >&2
  exit 1
fi
chmod +x "$name"
echo "binary=$PWD/$name" >>"$output"
