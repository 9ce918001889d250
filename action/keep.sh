#!/usr/bin/env bash
# Packs the storage into one file. An artifact of the files themselves would lose their permissions and the hidden ones.
set -euo pipefail
mkdir -p "$SESSION_FOLDER"
[ -d "$SESSION_STORAGE" ] || exit 0
tar -czf "$SESSION_FOLDER/session.tar.gz" -C "$SESSION_STORAGE" .
