"""Every setting of the back office, read from the environment and checked as it is read.

A value comes from the process environment or, failing that, from `.env` beside `manage.py`.
The table in README.md lists every variable; a test holds it against this file.
"""

import os
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _
from dotenv import load_dotenv

from projet import version
from projet.admin_site.theme import UNFOLD_SETTINGS
from projet.conf import validators as is_
from projet.conf.broker import broker_tls, each_sentinel, sentinel_options
from projet.conf.environment import Environment
from projet.conf.startup_checks import (
    ENVIRONMENTS,
    make_data_dir,
    refuse_events_without_their_topic,
    refuse_half_a_single_sign_on,
    refuse_open_page_without_tls,
    refuse_unreadable_env_file,
    refuse_unsafe_production,
    refuse_what_forgets,
)
from projet.conf.storage import file_storage
from projet.observability.logs import FORMATS, logging_config
from projet.security_headers import CONTENT_SECURITY_POLICY  # noqa: F401 - django-csp reads it here

VERSION: str = version.VERSION
BASE_DIR = Path(__file__).resolve().parent.parent

env = Environment()
ENV_FILE: Path = env.path("ENV_FILE", BASE_DIR / ".env")
if "ENV_FILE" in os.environ:
    refuse_unreadable_env_file(ENV_FILE)
load_dotenv(ENV_FILE)  # into the environment itself: boto3 and Flower look there as well
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
DAYS = is_.whole(1, is_.A_CENTURY)

# --- What this instance is ---------------------------------------------------------------------

# "production" unless said otherwise, so that a forgotten variable errs on the strict side.
ENVIRONMENT: str = env.str("ENVIRONMENT", "production", validate=is_.one_of(ENVIRONMENTS))
PRODUCTION = ENVIRONMENT == "production"
DEBUG: bool = env.bool("DEBUG", False)
SECRET_KEY: str = env.str("SECRET_KEY", "")
# Earlier keys, which sign nothing and still open what they signed: links to unsubscribe live two years.
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", [], validate=is_.ARE_SECRETS)
ALLOWED_HOSTS: list[str] = env.list(
    "ALLOWED_HOSTS", [] if PRODUCTION else ["127.0.0.1", "localhost"], validate=is_.ARE_HOSTS
)
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", [], validate=is_.ARE_ORIGINS)
# What seals secrets in the database (backoffice/encryption.py): the first seals, all open.
FIELD_ENCRYPTION_KEYS: list[str] = env.list("FIELD_ENCRYPTION_KEYS", [], validate=is_.ARE_KEYS)
# The address people reach the admin under: links in emails and reports start with it.
SITE_URL: str = env.str("SITE_URL", "http://127.0.0.1:8000", validate=is_.IS_WEB_ADDRESS)
# Where everybody can reach /u/…, to unsubscribe; empty: nobody outside can, and no email has such a link.
PUBLIC_URL: str = env.str("PUBLIC_URL", "", validate=is_.MAY_BE_WEB_ADDRESS)
COMPANY_NAME: str = env.str("COMPANY_NAME", "Back office", validate=is_.IS_ONE_LINE)
# Where embedded data lies: database, emails, reports. One folder to back up.
DATA_DIR: Path = BASE_DIR / env.path("DATA_DIR", Path("var"))
make_data_dir(DATA_DIR)

refuse_unsafe_production(ENVIRONMENT, DEBUG, SECRET_KEY, ALLOWED_HOSTS)
refuse_open_page_without_tls(PUBLIC_URL, production=PRODUCTION)
if PUBLIC_URL:
    ALLOWED_HOSTS = [*ALLOWED_HOSTS, str(urlsplit(PUBLIC_URL).hostname)]

# --- Django ------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.import_export",
    "projet.apps.BackOfficeAdminConfig",
    "projet.apps.PeopleConfig",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "import_export",
    "django_celery_beat",
    "django_celery_results",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",  # for its table alone, whose keys moved into ours
    "csp",
    "tasks_app",
    "backoffice",
]

# `loaddata` takes a file of schedules too: docs/decisions/0038-schedules-move-by-their-names.md
SERIALIZATION_MODULES = {"yaml": "tasks_app.schedules.moving.fixture"}

MIDDLEWARE = [
    "projet.observability.probes.ProbeMiddleware",
    "projet.observability.logs.RequestMiddleware",
    "projet.readable_requests.ReadableRequests",  # before anybody asks the database for a session
    "projet.views.database_outage.NotesWhatIsSaved",
    "django.middleware.security.SecurityMiddleware",
    "projet.security_headers.SecurityHeaders",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "projet.reader_zone.ReaderZone",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",  # last: it puts its page in the place of the login page's answer
]

ROOT_URLCONF = "projet.urls"
WSGI_APPLICATION = "projet.wsgi.application"
CSRF_FAILURE_VIEW = "projet.views.errors.csrf_failure"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "projet.rendering.SendableTemplates",
        "NAME": "django",
        # Before every app's: a few of Unfold's, mended, each with its reason.
        "DIRS": [BASE_DIR / "projet/templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "libraries": {"names": "projet.admin_site.names", "lists": "projet.admin_site.lists.tags"},
        },
    },
]

_sqlite = f"sqlite:///{DATA_DIR / 'backoffice.sqlite3'}"
DATABASES = {"default": env.dj_db_url("DATABASE_URL", _sqlite, conn_max_age=60, conn_health_checks=True)}
# `.iterator()` of libraries reads through the client as any query: see tasks_app/db/pages.py.
DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = True
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        # Writers queue for 20 s instead of failing with "database is locked"; a write transaction
        # takes its lock at BEGIN, so that two of them never deadlock half-way.
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }
else:
    DATABASES["default"]["OPTIONS"] = {
        # A network that swallows everything must not hold a click, a tick or a worker for minutes.
        "connect_timeout": 10,  # seconds
        "tcp_user_timeout": 30_000,  # milliseconds
        **DATABASES["default"].get("OPTIONS", {}),
        # Uses until a connection keeps a statement's plan (tasks_app/db/prepared.py); Django's never are.
        "prepare_threshold": 5,
    }

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
# Of a form's fields, in bytes. Files are apart: nginx refuses a request above client_max_body_size (20 MB).
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024  # beyond it a file waits on the disk
FILE_UPLOAD_PERMISSIONS = None  # as the umask says; Django would open each stored file to everybody (0o644)
LARGEST_LIST = 10 * 1024 * 1024  # bytes of a list of recipients: some hundred thousand of them

# --- Signing in: how often one may fail, and from where ------------------------------------------

# How many proxies of ours stand in front, each adding an entry to X-Forwarded-For; 0 reads none.
TRUSTED_PROXIES: int = env.int("TRUSTED_PROXIES", 1 if PRODUCTION else 0, validate=is_.whole(0, 10))
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",  # first: it refuses before a password is looked at
    "backoffice.sign_in.sso.Passwords",
    "backoffice.sign_in.sso.SingleSignOn",
]
AXES_HANDLER = "backoffice.sign_in.lockout.Lockout"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT: int = env.int("SIGN_IN_ATTEMPTS", 5, validate=is_.whole(1, 1000))
# Looser: a whole office may come from one address.
SIGN_IN_ATTEMPTS_PER_ADDRESS: int = env.int(
    "SIGN_IN_ATTEMPTS_PER_ADDRESS", 50, validate=is_.whole(1, 100_000)
)
AXES_COOLOFF_TIME = timedelta(minutes=env.int("SIGN_IN_LOCK_MINUTES", 15, validate=is_.whole(1, 24 * 60)))
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # so that the time the page names holds
AXES_RESET_ON_SUCCESS = True
AXES_CLIENT_IP_CALLABLE = "backoffice.sign_in.address.counted_address"
AXES_LOCKOUT_CALLABLE = "projet.views.sign_in.lockout.locked_page"
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "csrfmiddlewaretoken"]
AXES_DISABLE_ACCESS_LOG = True  # our own list of sign-ins is one
AXES_ENABLE_ADMIN = False  # backoffice/admin/sign_in_locks.py shows them
AXES_VERBOSE = False
# Links to a new password in an hour: for one mailbox, and from one network, where a whole office may ask.
PASSWORD_LINKS: int = env.int("PASSWORD_LINKS", 5, validate=is_.whole(1, 1000))
PASSWORD_LINKS_PER_NETWORK: int = env.int("PASSWORD_LINKS_PER_NETWORK", 100, validate=is_.whole(1, 100_000))
# Single sign-on by OpenID Connect, where an issuer is given: docs/security.md.
OIDC_ISSUER: str = env.str("OIDC_ISSUER", "", validate=is_.MAY_BE_WEB_ADDRESS)
OIDC_CLIENT_ID: str = env.str("OIDC_CLIENT_ID", "", validate=is_.MAY_BE_SECRET)
OIDC_CLIENT_SECRET: str = env.str("OIDC_CLIENT_SECRET", "", validate=is_.MAY_BE_SECRET)
OIDC_NAME: str = env.str("OIDC_NAME", "OpenID Connect", validate=is_.IS_ONE_LINE)
OIDC_ALLOWED_DOMAINS: list[str] = env.list("OIDC_ALLOWED_DOMAINS", [], validate=is_.ARE_DOMAINS)
OIDC_GROUPS_CLAIM: str = env.str("OIDC_GROUPS_CLAIM", "groups", validate=is_.IS_ONE_LINE)
OIDC_GROUP_MAP: dict[str, str] = dict(
    pair.split("=") for pair in env.list("OIDC_GROUP_MAP", [], validate=is_.ARE_PAIRS)
)
# False leaves the single sign-on as the only way in; true again, and a restart, is the way back.
PASSWORD_SIGN_IN: bool = env.bool("PASSWORD_SIGN_IN", True)
refuse_half_a_single_sign_on(
    OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET, passwords=PASSWORD_SIGN_IN, production=PRODUCTION
)

LOGIN_URL = reverse_lazy("admin:login")
LOGIN_REDIRECT_URL = reverse_lazy("first_page")

LANGUAGE_CODE: str = env.str("LANGUAGE_CODE", "en", validate=is_.one_of(("en", "fr")))
LANGUAGES = [("en", _("English")), ("fr", _("French"))]
TIME_ZONE: str = env.str("TIME_ZONE", "Europe/Paris", validate=is_.IS_ZONE)
FORMAT_MODULE_PATH = "projet.formats"
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
# `collectstatic` writes here. An image brings them: beside the data they would be those of the last version.
STATIC_ROOT: Path = BASE_DIR / env.path("STATIC_ROOT", DATA_DIR / "static", validate=is_.MAY_BE_FOLDER)
MEDIA_ROOT = DATA_DIR / "files"
# Where several hosts share report files and attachments: a bucket, s3://name or s3://name/folder.
STORAGE_URL: str = env.str("STORAGE_URL", "", validate=is_.MAY_BE_BUCKET)
STORAGES = {
    # Private, served only by permission-checked views.
    "default": file_storage(
        STORAGE_URL,
        env.str("S3_REGION", "eu-west-3", validate=is_.IS_REGION),
        env.str("S3_ENDPOINT_URL", "", validate=is_.MAY_BE_WEB_ADDRESS),
    ),
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

SECURE_REDIRECT_EXEMPT = [r"^u/"]  # a mail program that unsubscribes follows no redirect (RFC 8058)
if PRODUCTION:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds())
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
# "Lax", not "Strict": a link in an email, and the way back from a single sign-on, find one signed in.
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
# A sign-in ends with the browser, and at the latest after these hours. Not by idleness: pages that fetch
# their figures anew would keep it alive on an empty chair.
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_AGE = int(
    timedelta(hours=env.int("SESSION_HOURS", 12, validate=is_.whole(1, 24 * 365))).total_seconds()
)
X_FRAME_OPTIONS = "SAMEORIGIN"  # a message is shown in a sandboxed iframe of our own
SILENCED_SYSTEM_CHECKS = ["security.W019"]  # which asks for "DENY"

UNFOLD = UNFOLD_SETTINGS | {"SITE_TITLE": COMPANY_NAME, "SITE_HEADER": COMPANY_NAME}

# --- Celery: how jobs travel -------------------------------------------------------------------

CELERY_BROKER_URL: str = each_sentinel(
    env.str("CELERY_BROKER_URL", "redis://127.0.0.1:6379/1", validate=is_.IS_BROKER)
)
if "CELERY_BROKER_URL" in os.environ:
    os.environ["CELERY_BROKER_URL"] = CELERY_BROKER_URL  # Celery reads the variable before its settings
refuse_what_forgets(PRODUCTION, CELERY_BROKER_URL, DATABASES["default"])
CELERY_BROKER_USE_SSL = broker_tls(
    CELERY_BROKER_URL, env.str("BROKER_CA_FILE", "", validate=is_.MAY_BE_CERTIFICATE)
)
# django-celery-results' tables, written in one transaction with the Job's end.
CELERY_RESULT_BACKEND = "tasks_app.worker.result_backend:JobResultBackend"
CELERY_RESULT_EXTENDED = True
# Retention is the hourly cleanup's; Celery's own would erase what is to be kept.
CELERY_RESULT_EXPIRES = None
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_RESULT_SERIALIZER = "json"
CELERY_IMPORTS = ["tasks_app.worker.remote_control"]  # a worker's own commands
CELERY_TIMEZONE = TIME_ZONE
CELERY_ENABLE_UTC = True

CELERY_TASK_ALWAYS_EAGER: bool = env.bool("CELERY_TASK_ALWAYS_EAGER", False)
CELERY_TASK_STORE_EAGER_RESULT = True  # an eager job writes its Job and result as any other
CELERY_TASK_ACKS_LATE = True
# See docs/decisions/0002: while a row is running its message is refused, so this never loops.
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 30 * 60  # seconds; every job kind has a hard limit, this is the widest
CELERY_TASK_IGNORE_RESULT = False

CELERY_TASK_DEFAULT_QUEUE = "default"
# Where reports wait: another name, with a worker of its own, keeps their memory away from other jobs.
PDF_QUEUE: str = env.str("PDF_QUEUE", "default", validate=is_.IS_CODE)
CELERY_TASK_ROUTES = [
    {
        "tasks_app.tasks.envoi_email": {"queue": "high"},
        "tasks_app.tasks.rapport_pdf": {"queue": PDF_QUEUE},
        "tasks_app.subscription_tasks.deliver_subscription": {"queue": PDF_QUEUE},
        "tasks_app.tasks.cleanup_results": {"queue": "low"},
    },
    "tasks_app.catalogue.route",  # the queue that a job declares
]

# The original hourly entry. It seeds a schedule only when its name is absent (tasks_app/schedules/seeds.py).
CELERY_BEAT_SCHEDULE = {
    "cleanup-results-hourly": {"task": "tasks_app.tasks.cleanup_results", "schedule": 3600.0},
}
CELERY_BEAT_SCHEDULER = "tasks_app.clock.scheduler:ClockScheduler"
CELERY_BEAT_MAX_LOOP_INTERVAL = 1  # seconds between two ticks

CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A broker that refuses a command (no memory, no rights, a key of another kind) is waited for as one away.
CELERY_BROKER_CHANNEL_ERROR_RETRY = True
CELERY_BROKER_CONNECTION_TIMEOUT = 2
# One attempt: the row is committed, so a publish that fails is left to the clock.
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # "-Q high,default,low" means what it says: high first. Redis alone would go round robin.
    "queue_order_strategy": "priority",
    # The lease, not Redis, decides when work is lost (tasks_app/clock/recovery.py).
    "visibility_timeout": int(timedelta(hours=12).total_seconds()),
    "socket_timeout": 10,
    "socket_connect_timeout": 1,
    "socket_keepalive": True,
    "health_check_interval": 25,
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0,
    "interval_max": 0,
    **sentinel_options(
        CELERY_BROKER_URL,
        env.str("BROKER_SENTINEL_MASTER", "", validate=is_.MAY_BE_CODE),
        env.str("BROKER_SENTINEL_PASSWORD", "", validate=is_.MAY_BE_SECRET),
        CELERY_BROKER_USE_SSL,
    ),
}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# A worker process that has grown beyond this (KiB for Celery) is replaced after its job; 0: never.
CELERY_WORKER_MAX_MEMORY_PER_CHILD = (
    env.int("WORKER_MAX_MEMORY_MB", 1024, validate=is_.whole(0, 1_000_000)) * 1024 or None
)
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = env.float(
    "WORKER_SOFT_SHUTDOWN_SECONDS", 20.0, validate=is_.number(0, 3600)
)
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False  # the lease keeps them ours
CELERY_WORKER_SEND_TASK_EVENTS = True
CELERY_WORKER_CONSUMER = "tasks_app.worker.consumer:JobConsumer"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# The database connection outlives a job: closing it around each one halves the throughput.
CELERY_DB_REUSE_MAX = 1000

DJANGO_CELERY_BEAT_TZ_AWARE = True

# --- The engine --------------------------------------------------------------------------------

# A running job's lease: long enough for a pause of the host, short enough to recover in a minute.
JOB_LEASE: timedelta = timedelta(seconds=env.int("JOB_LEASE_SECONDS", 60, validate=is_.whole(1, 24 * 3600)))
# How often a job that kills its worker is started before it is failed as "worker lost".
JOB_MAX_DEATHS: int = env.int("JOB_MAX_DEATHS", 3, validate=is_.whole(1, 1_000))
# The most that one job's arguments, or its result, may take in a row, as JSON. Beyond it arguments are
# refused and a result is cut: every page and every message that shows a job would carry them along.
JOB_VALUE_MAX: int = 1024 * env.int("JOB_VALUE_MAX_KB", 1024, validate=is_.whole(16, 102_400))
# A running job that was asked to stop is stopped by force after this, where its declaration allows it.
CANCEL_GRACE: timedelta = timedelta(seconds=env.int("CANCEL_GRACE_SECONDS", 10, validate=is_.whole(1, 3600)))
# A clock that has done nothing for this long ends itself, to be started anew; a table that is locked for a
# moment is no reason.
CLOCK_STALL: timedelta = timedelta(seconds=env.int("CLOCK_STALL_SECONDS", 60, validate=is_.whole(5, 3600)))
# How long a broker may take over one publish before the click goes on without it.
PUBLISH_BUDGET: timedelta = timedelta(seconds=1.5)

# Celery's monitor. Its sign-in is looked at here and kept nowhere: `celery inspect` shows what settings hold.
FLOWER_ADDRESS: str = env.str("FLOWER_ADDRESS", "127.0.0.1", validate=is_.IS_OWN_ADDRESS)
env.str("FLOWER_BASIC_AUTH", "", validate=is_.MAY_BE_SIGN_INS)

# --- Retention: what the hourly cleanup keeps, in days ------------------------------------------

RETENTION_DAYS: dict[str, int] = {
    "results": env.int("RETENTION_RESULTS_DAYS", 30, validate=DAYS),
    "jobs": env.int("RETENTION_JOBS_DAYS", 90, validate=DAYS),
    "log_lines": env.int("RETENTION_LOG_LINES_DAYS", 30, validate=DAYS),
    "message_bodies": env.int("RETENTION_MESSAGE_BODIES_DAYS", 90, validate=DAYS),
    "mailing_values": env.int("RETENTION_MAILING_VALUES_DAYS", 90, validate=DAYS),
    "reports": env.int("RETENTION_REPORTS_DAYS", 365, validate=DAYS),
    "audit": env.int("RETENTION_AUDIT_DAYS", 730, validate=DAYS),
    "sessions": env.int("RETENTION_SESSIONS_DAYS", 0, validate=is_.whole(0, is_.A_CENTURY)),
}

# --- Emails ------------------------------------------------------------------------------------

EMAIL_BACKEND = "projet.mail.OutboxEmailBackend"
# "local" writes .eml files under DATA_DIR/outbox; "ses" hands them to AWS SES.
EMAIL_TRANSPORT: str = env.str("EMAIL_TRANSPORT", "local", validate=is_.one_of(("local", "ses")))
OUTBOX_DIR = DATA_DIR / "outbox"
DEFAULT_FROM_EMAIL: str = env.str(
    "DEFAULT_FROM_EMAIL", "Back office <back-office@example.org>", validate=is_.IS_SENDER
)
SERVER_EMAIL = DEFAULT_FROM_EMAIL
AWS_REGION: str = env.str("AWS_REGION", "eu-west-3", validate=is_.IS_REGION)
AWS_ENDPOINT_URL: str = env.str("AWS_ENDPOINT_URL", "", validate=is_.MAY_BE_WEB_ADDRESS)
SES_CONFIGURATION_SET: str = env.str("SES_CONFIGURATION_SET", "", validate=is_.MAY_BE_CODE)
# Deliveries, bounces and complaints: SES → this SNS topic → this SQS queue → a job each minute.
SES_EVENTS_QUEUE_URL: str = env.str("SES_EVENTS_QUEUE_URL", "", validate=is_.MAY_BE_WEB_ADDRESS)
SES_EVENTS_TOPIC_ARN: str = env.str("SES_EVENTS_TOPIC_ARN", "", validate=is_.MAY_BE_TOPIC)
refuse_events_without_their_topic(SES_EVENTS_QUEUE_URL, SES_EVENTS_TOPIC_ARN)
if SES_EVENTS_QUEUE_URL:
    CELERY_BEAT_SCHEDULE["email-events"] = {"task": "tasks_app.tasks.read_email_events", "schedule": 60.0}
# How many a second all workers together send; 0 asks SES what the account may.
EMAILS_PER_SECOND: float = env.float("EMAILS_PER_SECOND", 0.0, validate=is_.number(0, 10_000))
# The code of the template that is used where nobody chose one.
DEFAULT_EMAIL_TEMPLATE: str = env.str("DEFAULT_EMAIL_TEMPLATE", "welcome", validate=is_.IS_CODE)

# --- Mailings ----------------------------------------------------------------------------------

# To more people than this, a second person approves.
MAILING_APPROVAL_ABOVE: int = env.int("MAILING_APPROVAL_ABOVE", 100, validate=is_.whole(0, 100_000_000))
# Calls to the mail service under way at once, of one mailing: what a dead worker leaves of unknown outcome.
MAILING_CONNECTIONS: int = env.int("MAILING_CONNECTIONS", 16, validate=is_.whole(1, 50))
# A mailing pauses by itself beyond these shares of what was accepted, once there are so many; and after so
# many failures in a row.
MAILING_MAX_BOUNCES: float = env.float("MAILING_MAX_BOUNCES", 0.05, validate=is_.number(0, 1))
MAILING_MAX_COMPLAINTS: float = env.float("MAILING_MAX_COMPLAINTS", 0.003, validate=is_.number(0, 1))
MAILING_SAMPLE: int = env.int("MAILING_SAMPLE", 200, validate=is_.whole(1, 1_000_000))
MAILING_FAILURES: int = env.int("MAILING_FAILURES", 20, validate=is_.whole(1, 10_000))

# --- Reports -----------------------------------------------------------------------------------

# The first day of the house's own year, as month-day, and the calendar by which days are worked.
FISCAL_YEAR_START: str = env.str("FISCAL_YEAR_START", "01-01", validate=is_.IS_DAY_OF_YEAR)
REPORT_CALENDAR: str = env.str("REPORT_CALENDAR", "", validate=is_.MAY_BE_ONE_LINE)
# Domains of addresses outside that subscriptions may send shareable reports to; none: to nobody outside.
REPORT_SHARE_DOMAINS: list[str] = env.list("REPORT_SHARE_DOMAINS", [], validate=is_.ARE_DOMAINS)
# Documents up to this are attached to a subscription's emails; larger ones are linked.
REPORT_ATTACH_MAX: int = 1024 * 1024 * env.int("REPORT_ATTACH_MAX_MB", 10, validate=is_.whole(1, 25))
# Beyond this a report says that its period must be narrowed: patience ends, and a reader's too.
REPORT_MAX_ROWS: int = env.int("REPORT_MAX_ROWS", 50_000, validate=is_.whole(1, 1_000_000))

# Saved questions: the database they are asked of, by a role that may only read the listed views; "": none.
REPORTING_DATABASE_URL: str = env.str("REPORTING_DATABASE_URL", "", validate=is_.MAY_BE_DATABASE)
REPORTING_VIEWS_FILE: Path = env.path(
    "REPORTING_VIEWS_FILE", BASE_DIR / "fixtures/reporting_views.toml", validate=is_.IS_FILE
)
REPORTING_SECONDS: int = env.int("REPORTING_SECONDS", 60, validate=is_.whole(1, 300))
REPORTING_MAX_ROWS: int = env.int("REPORTING_MAX_ROWS", 50_000, validate=is_.whole(1, 1_000_000))
REPORTING_MEMORY_MB: int = env.int("REPORTING_MEMORY_MB", 512, validate=is_.whole(256, 16_384))

# --- Logs and errors ---------------------------------------------------------------------------

# "json": one object a line, for programs that collect logs; "text" for eyes.
LOG_FORMAT: str = env.str("LOG_FORMAT", "text", validate=is_.one_of(FORMATS))
LOG_LEVEL: str = env.str("LOG_LEVEL", "INFO", validate=is_.one_of(LOG_LEVELS))
# From which level on a job's page keeps the lines that the job writes.
JOB_LOG_LEVEL: str = env.str("JOB_LOG_LEVEL", "INFO", validate=is_.one_of(LOG_LEVELS))
LOGGING = logging_config(LOG_FORMAT, LOG_LEVEL, JOB_LOG_LEVEL)
# Webhooks of alert rules: what they are signed with, and hosts of our own network that they may go to.
ALERT_WEBHOOK_SECRET: str = env.str("ALERT_WEBHOOK_SECRET", "", validate=is_.MAY_BE_TOKEN)
ALERT_WEBHOOK_HOSTS: list[str] = env.list("ALERT_WEBHOOK_HOSTS", [], validate=is_.ARE_PLAIN_HOSTS)
# What Prometheus shows to read /metrics; without one there is no such page.
METRICS_TOKEN: str = env.str("METRICS_TOKEN", "", validate=is_.MAY_BE_TOKEN)
# Where a span of each run of a job is sent, by OTLP over HTTP; nowhere when it is empty.
OTEL_EXPORTER_OTLP_ENDPOINT: str = env.str("OTEL_EXPORTER_OTLP_ENDPOINT", "", validate=is_.MAY_BE_WEB_ADDRESS)
if OTEL_EXPORTER_OTLP_ENDPOINT:
    from projet.observability import tracing

    tracing.start(OTEL_EXPORTER_OTLP_ENDPOINT, version=VERSION)
# Where errors are sent as well; nowhere when it is empty.
SENTRY_DSN: str = env.str("SENTRY_DSN", "", validate=is_.MAY_BE_SENTRY)
if SENTRY_DSN:
    from projet.observability import sentry

    sentry.start(SENTRY_DSN, environment=ENVIRONMENT, release=VERSION)
