#!/bin/sh
# Bring the database in step with the code; runs once before web, worker and beat start.
set -e
cd "$(dirname "$0")/.."
python manage.py check --deploy --fail-level ERROR
python manage.py migrate --noinput
