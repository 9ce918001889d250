#!/usr/bin/env bash
# Puts a kept storage in place, as files that only the current user can read: playbooks refuses a storage that
# belongs to another user or that others can write. Takes session.tar.gz, or the files themselves.
set -euo pipefail
if [ ! -d "$SESSION_FOLDER" ] || [ -z "$(ls -A "$SESSION_FOLDER")" ]; then
  echo "No session was kept, so there is nothing to restore"
  exit 0
fi
if [ -e "$SESSION_STORAGE" ]; then
  echo "$SESSION_STORAGE already exists, so nothing was restored over it; remove it, or set the input storage" >&2
  exit 1
fi
umask 077
mkdir -p "$SESSION_STORAGE"
if [ -f "$SESSION_FOLDER/session.tar.gz" ]; then
  tar --no-same-owner -xzf "$SESSION_FOLDER/session.tar.gz" -C "$SESSION_STORAGE"
else
  cp -R "$SESSION_FOLDER/." "$SESSION_STORAGE"
fi
chmod -R u+rwX,go-rwx "$SESSION_STORAGE"
