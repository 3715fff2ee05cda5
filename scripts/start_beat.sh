#!/bin/sh
# Start the scheduler; exactly one may run.
set -e
cd "$(dirname "$0")/.."
exec celery -A tsb_portal beat --loglevel INFO --schedule "${VAR_DIR:-var}/beat-schedule"
