#!/bin/sh
# Start the web server of a real installation. scripts/upgrade.sh has migrated the database before.
# The access log leaves letters' links and personal pages out (tsb_portal/gunicorn_conf.py); it names neither visitors'
# addresses nor browsers, nor the part of an address after the question mark.
set -e
cd "$(dirname "$0")/.."
exec gunicorn tsb_portal.wsgi --config python:tsb_portal.gunicorn_conf --bind 0.0.0.0:8000 --workers "${WEB_PROCESSES:-3}" --threads 4 --timeout 60 --no-control-socket \
    --max-requests 2000 --max-requests-jitter 200 --worker-tmp-dir /dev/shm \
    --access-logfile - --access-logformat '%(t)s "%(m)s %(U)s" %(s)s %(b)s bytes %(M)s ms'
