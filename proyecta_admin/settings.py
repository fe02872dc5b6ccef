"""Django's settings. What an operator may change is read from the environment: see docs/configuration.md."""

from datetime import timedelta

from csp.constants import NONE, SELF
from jinja2 import StrictUndefined

from core import environment
from core.db import connections
from core.fair_share import MAX_CONNECTIONS_PER_WORKER
from postgres import embedded

BASE_DIR = environment.BASE_DIR
DATA_DIR = environment.data_dir()

DEBUG = environment.flag("DEBUG")
HTTPS = environment.flag("HTTPS")
PROXY = environment.flag("PROXY")
PGBOUNCER = environment.flag("PGBOUNCER")
SECRET_KEY = environment.stored_secret("SECRET_KEY", "secret_key")
# Separate from SECRET_KEY, so that a new SECRET_KEY signs everybody out and leaves API keys alone.
API_KEY_SECRET = environment.stored_secret("API_KEY_SECRET", "api_key_secret")
ALLOWED_HOSTS = environment.allowed_hosts()
CSRF_TRUSTED_ORIGINS = [f"https://{'*' if host[0] == '.' else ''}{host}" for host in ALLOWED_HOSTS if host != "*"]

INSTALLED_APPS = [
    "proyecta_admin.apps.ProyectaAdminSite",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "axes",
    "csp",
    "django_filters",
    "django_htmx",
    "postgres.apps.PostgresConfig",
    "replicas",
    "accounts",
    "customers",
    "api",
]

MIDDLEWARE = [
    "api.middleware.ApiMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "proyecta_admin.middleware.SecurityHeaders",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "accounts.middleware.NoStoreMiddleware",
    "core.slow_clients.UnreadBodyMiddleware",
    "core.overload.OverloadMiddleware",
    "csp.middleware.CSPMiddleware",
    "proyecta_admin.middleware.ReadableOnly",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "proyecta_admin.middleware.KnownHostsOnly",
    "django.middleware.csrf.CsrfViewMiddleware",
    "accounts.middleware.PersonMiddleware",
    "accounts.middleware.SignInRequiredMiddleware",
    "accounts.middleware.FairShareMiddleware",
    "accounts.middleware.TimeZoneMiddleware",
    "accounts.middleware.LanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
    "accounts.middleware.PasswordHashingMiddleware",
]

ROOT_URLCONF = "proyecta_admin.urls"
WSGI_APPLICATION = "proyecta_admin.wsgi.application"

TEMPLATES = [
    # Pages of the panel.
    {
        "BACKEND": "proyecta_admin.templating.Templates",
        "NAME": "jinja2",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "extensions": ["jinja2.ext.i18n"],
            "environment": "proyecta_admin.templating.environment",
            "undefined": StrictUndefined,
            "trim_blocks": True,
            "lstrip_blocks": True,
            "context_processors": [
                "django.contrib.messages.context_processors.messages",
                "accounts.context_processors.frame",
            ],
        },
    },
    # The Django admin.
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates" / "django"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {
    "default": {
        "ENGINE": "core.db.postgresql",
        **(environment.database_url() or embedded.connection_settings()),
    }
}
# A connection to a machine that is gone would otherwise be waited for: minutes to connect, for ever for an answer.
DATABASES["default"]["OPTIONS"] = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
    **DATABASES["default"]["OPTIONS"],
    "pool": {
        "max_size": MAX_CONNECTIONS_PER_WORKER,
        "timeout": 5,
        "connection_class": connections.Connection,
    },
}
_replicas = environment.replica_urls()
DATABASE_REPLICAS = list(_replicas)
# Not accounts: a role, a session or a key that is taken away on the primary ends at once.
APPS_READ_FROM_REPLICAS = {"customers"}
for _alias, _replica in _replicas.items():
    DATABASES[_alias] = {
        "ENGINE": "core.db.postgresql",
        **_replica,
        "OPTIONS": {
            "connect_timeout": 2,
            **_replica["OPTIONS"],
            # No long wait, because the primary answers instead.
            "pool": {
                "max_size": MAX_CONNECTIONS_PER_WORKER,
                "timeout": 2,
                "connection_class": connections.ReplicaConnection,
            },
        },
        "TEST": {"MIRROR": "default"},
    }
for _database in DATABASES.values():
    # Behind PgBouncer, the next statement may reach another session, which has neither the cursor nor the prepared
    # statement of this one. Only core/db/prepared.py prepares statements.
    _database["DISABLE_SERVER_SIDE_CURSORS"] = PGBOUNCER
    _options = _database["OPTIONS"]
    _options["prepare_threshold"] = None if PGBOUNCER else 0
    if not PGBOUNCER:
        # A parallel worker takes five milliseconds to start, and the core of another request. With less work_mem, a
        # bitmap of many rows becomes lossy: it keeps only their pages, and every row of these is read and checked.
        _options["options"] = (
            f"-c max_parallel_workers_per_gather=0 -c work_mem=32MB {_options.get('options', '')}".strip()
        )
if DATABASE_REPLICAS:
    DATABASE_ROUTERS = ["replicas.router.Router"]
    # Before SignInRequiredMiddleware, the first that reads the database: it decides which database answers.
    MIDDLEWARE.insert(
        MIDDLEWARE.index("accounts.middleware.SignInRequiredMiddleware"), "replicas.middleware.ReplicasMiddleware"
    )
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "accounts.backends.UsernameOrEmailBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
CSRF_FAILURE_VIEW = "proyecta_admin.forgery.refused"
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign_in"
# The address / leads to it. Its URL takes the slug of an app.
HOME_VIEW_OF_APP = "customer_list"

# Counts by user and by address, see accounts/lockout.py.
AXES_HANDLER = "accounts.lockout.SlidingWindowHandler"
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_LOCKOUT_CALLABLE = "accounts.views.sign_in.locked_out"
AXES_CLIENT_IP_CALLABLE = "accounts.lockout.client_network"
AXES_USERNAME_CALLABLE = "accounts.lockout.canonical_username"
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

# Named in /.well-known/security.txt.
SECURITY_CONTACTS = environment.security_contacts()
METRICS_TOKEN = environment.metrics_token()
if METRICS_TOKEN:
    MIDDLEWARE.insert(0, "core.metrics.MetricsMiddleware")

API_RATE_LIMIT = environment.number("API_RATE_LIMIT", 100, 0, 1_000_000)

# Sentences are written in English. A language is shown once its catalogue is compiled, see core/languages.py.
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("ko", "한국어")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Pages use the hashed names only. Compressing the plain files as well would double the time of a first start.
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
# What the pages do not use, so that no script may either. They need only to write to the clipboard.
_UNUSED_FEATURES = (
    "accelerometer",
    "autoplay",
    "browsing-topics",
    "camera",
    "display-capture",
    "encrypted-media",
    "fullscreen",
    "geolocation",
    "gyroscope",
    "hid",
    "idle-detection",
    "local-fonts",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "picture-in-picture",
    "screen-wake-lock",
    "serial",
    "usb",
    "xr-spatial-tracking",
)
SECURITY_HEADERS = {
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in _UNUSED_FEATURES),
    "Cross-Origin-Resource-Policy": "same-origin",
}
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_ENGINE = "accounts.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
if HTTPS:
    # Browsers take such a cookie only from this host itself, over TLS: none of a neighbouring host can stand in for it.
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
SECURE_SSL_REDIRECT = HTTPS
# Monitoring asks the process directly, without the proxy.
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$"]
# 30 days: browsers keep it, so a mistake lasts that long.
SECURE_HSTS_SECONDS = 30 * 24 * 60 * 60 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PROXY else None
# W005, W021: HSTS for subdomains and preloading concern the whole domain, which is the operator's decision.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

# Not logged: scanners cause them by the thousand. Each has its own answer, and none is a defect.
_NOT_LOGGED = (
    "DisallowedHost",
    "DisallowedModelAdminLookup",
    "RequestDataTooBig",
    "TooManyFieldsSent",
    "TooManyFilesSent",
    "csrf",
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"},
        "bare": {"format": "{message}", "style": "{"},
    },
    "handlers": {
        "stdout": {"class": "logging.StreamHandler", "formatter": "bare", "stream": "ext://sys.stdout"},
        "stderr": {"class": "logging.StreamHandler", "formatter": "line"},
        "nowhere": {"class": "logging.NullHandler"},
    },
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        # Django's default sends errors by mail only.
        "django": {"handlers": ["stderr"], "level": "INFO" if DEBUG else "WARNING", "propagate": False},
        # Django warns of every 404 and 403, and scanners cause thousands.
        "django.request": {"level": "WARNING" if DEBUG else "ERROR"},
        **{f"django.security.{name}": {"handlers": ["nowhere"], "propagate": False} for name in _NOT_LOGGED},
        # One line of JSON for each call of the HTTP API.
        "api.access": {"handlers": ["stdout"], "level": "INFO", "propagate": False},
    },
}
