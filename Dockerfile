# One image for web, worker, beat, flower and migrate: docker-compose.yml says which command each runs.

# --- Build: packages, style sheets, translations ------------------------------------------------
FROM python:3.12-slim-trixie AS build

# gettext compiles the translations; it stays behind in this stage.
RUN apt-get update \
    && apt-get install -y --no-install-recommends gettext \
    && rm -rf /var/lib/apt/lists/*

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /venv
COPY requirements.txt /tmp/requirements.txt
# Wheels only: every package has one for x86-64 and arm64, so no compiler is needed here or in the image.
RUN /venv/bin/pip install --require-hashes --only-binary :all: -r /tmp/requirements.txt

WORKDIR /app
COPY . .
# What runs later is the service; the key and the host name of this line are used here and nowhere else.
RUN find locale -name django.po -execdir msgfmt --check -o django.mo django.po \; \
    && DATA_DIR=/tmp/data STATIC_ROOT=/app/static ALLOWED_HOSTS=build.invalid \
       SECRET_KEY="$(python -c 'import secrets; print(secrets.token_urlsafe(50))')" \
       /venv/bin/python manage.py collectstatic --noinput \
    && /venv/bin/python -m compileall -q projet tasks_app backoffice flowerconfig.py

# --- The image ----------------------------------------------------------------------------------
FROM python:3.12-slim-trixie

# Pango sets the PDF reports; Noto has the letters that the reports' own typeface and DejaVu lack, Arabic, Hindi and
# Thai among them, Chinese, Japanese, Korean, and the emoji. PostgreSQL's client (17, as the server of docker-compose.yml)
# is what `manage.py backup` and `restore` call.
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
        fontconfig fonts-dejavu-core fonts-noto-core fonts-noto-cjk fonts-noto-color-emoji \
        postgresql-client \
    && rm -rf /var/lib/apt/lists/* \
    && fc-cache --system-only \
    && useradd --system --uid 10001 --user-group --no-create-home --home-dir /tmp backoffice \
    && install -d -o backoffice -g backoffice /data

ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    DATA_DIR=/data STATIC_ROOT=/app/static
COPY --from=build /venv /venv
# Owned by root: the service can read its code and not change it.
COPY --from=build /app /app

WORKDIR /app
USER backoffice
VOLUME /data
EXPOSE 8000
# Its processes end at SIGTERM: gunicorn finishes its requests, a worker hands back its jobs.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=15s --start-period=60s --retries=3 \
    CMD ["python", "-m", "projet.health", "web", "http://127.0.0.1:8000"]
CMD ["gunicorn", "projet.wsgi", "--bind", "0.0.0.0:8000", "--workers", "2", "--threads", "4", \
     "--worker-tmp-dir", "/dev/shm", "--no-control-socket", "--access-logfile", "-"]
