#!/bin/sh
# Start the worker that sends letters and does everything else that takes time.
set -e
cd "$(dirname "$0")/.."
exec celery -A tsb_portal worker --loglevel INFO
