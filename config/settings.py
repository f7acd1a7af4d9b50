"""Settings: everything from the environment, every default good enough for a shop on one machine."""

from functools import partial
from pathlib import Path

import environ

from config.databases import database_at, databases
from config.environment import place, rules
from config.secrets import secret_key
from storefront.environment.rules import sorted_out
from storefront.rest import openapi

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent
env.read_env(BASE_DIR / "config" / "process.env")  # written where a module has left for good: which process this is
DATA_DIR = Path(env.str("DATA_DIR", default="var"))
DATA_DIR = DATA_DIR if DATA_DIR.is_absolute() else BASE_DIR / DATA_DIR
DATA_DIR.mkdir(parents=True, exist_ok=True)

STOREFRONT_TOPOLOGY, STOREFRONT_PROCESS = place(
    env.str("STOREFRONT_TOPOLOGY", default="monolith"), env.str("STOREFRONT_PROCESS", default=""),
    BASE_DIR / "config" / "topologies",
)
STOREFRONT_MODULES = STOREFRONT_PROCESS.modules
env.ENVIRON, STOREFRONT_WRONG_VARIABLES = sorted_out(env.ENVIRON, rules(STOREFRONT_MODULES))  # checked at start

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = secret_key(env, DATA_DIR)
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]", "testserver"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

STOREFRONT_SEALING_KEYS = env.list("STOREFRONT_SEALING_KEYS", default=[])  # secrets at rest; the first one seals

STOREFRONT_WIRING = BASE_DIR / "config" / "wiring.toml"
STOREFRONT_CALLS = env.str("STOREFRONT_CALLS", default="local")  # to modules of this process: or loopback, in tests
STOREFRONT_SERVICE_KEYS = env.str("STOREFRONT_SERVICE_KEYS", default="")  # id:secret,id2:secret2 (identity.py)
STOREFRONT_REQUEST_SECONDS = env.float("STOREFRONT_REQUEST_SECONDS", default=15.0)  # for a public request, at most
STOREFRONT_QUEUE_MS = env.int("STOREFRONT_QUEUE_MS", default=100)  # requests may wait so long, always; 0: for ever
STOREFRONT_PATIENCE = env.float("STOREFRONT_PATIENCE", default=1.0)  # times the seconds that a face gives a call
STOREFRONT_CALLS_SENT = env.int("STOREFRONT_CALLS_SENT", default=32)  # under way at once, to each
STOREFRONT_WAITERS = env.int("STOREFRONT_WAITERS", default=1)  # requests that wait for an order which pauses
STOREFRONT_CALLS_SERVED = env.int("STOREFRONT_CALLS_SERVED", default=64)  # of other processes, carried out at once
STOREFRONT_INVOICE_YEARS = env.int("STOREFRONT_INVOICE_YEARS", default=10)  # that invoices name their buyers
STOREFRONT_CALLS_KEPT_DAYS = env.int("STOREFRONT_CALLS_KEPT_DAYS", default=30)  # answers, for repeated requests
STOREFRONT_FACTS_KEPT_DAYS = env.int("STOREFRONT_FACTS_KEPT_DAYS", default=90)  # history, for replays
STOREFRONT_SAGAS_KEPT_DAYS = env.int("STOREFRONT_SAGAS_KEPT_DAYS", default=90)  # those that are over
STOREFRONT_HEARTBEAT = env.str("STOREFRONT_HEARTBEAT", default="")  # a file that a relay or a worker touches: it lives
STOREFRONT_BACKGROUND = env.str("STOREFRONT_BACKGROUND", default="thread")  # thread, or none beside `manage.py relay`
WEBHOOK_THREADS = env.int("WEBHOOK_THREADS", default=16)  # that send webhooks, in a process that runs them
WEBHOOK_HTTP_TARGETS = env.bool("WEBHOOK_HTTP_TARGETS", default=DEBUG)  # endpoints without https are admitted
WEBHOOK_TARGET_NETWORKS = env.list("WEBHOOK_TARGET_NETWORKS", default=[])  # not public, and yet sent to: 10.1.0.0/16
STOREFRONT_BROKER_URL = env.str("STOREFRONT_BROKER_URL", default="")  # redis://... or amqp://..., for events = "celery"

INSTALLED_APPS = [
    "unfold",
    "storefront.backoffice",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "config",
    "storefront",
    "storefront.rest",
    "storefront.home",
    *(f"modules.{name}" for name in STOREFRONT_MODULES),
]

MIDDLEWARE = [
    "storefront.rest.middleware.RequestContext",
    "storefront.rest.middleware.LeanApi",
]
"""The API needs no sessions, messages or CSRF; `LeanApi` adds Django's usual stack for every other path."""
SILENCED_SYSTEM_CHECKS = [
    *("admin.E408", "admin.E409", "admin.E410", "security.W001", "security.W002", "security.W003"),  # LeanApi has them
    *("security.W005", "security.W021"),  # whether a domain's other hosts speak https only is for their owner to say
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

DATABASES = databases(env, DATA_DIR, STOREFRONT_MODULES)
STOREFRONT_DATABASE_AT = partial(database_at, env)  # where a module would be at another URL: `manage.py relocate`
DATABASE_ROUTERS = ["storefront.database.router.ModuleRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
PASSWORD_HASHERS = [f"django.contrib.auth.hashers.{name}PasswordHasher" for name in ("Argon2", "PBKDF2")]

HTTPS = env.bool("HTTPS", default=False)  # reached by https only; behind proxies of ours, they say so
_OF_THIS_HOST = "__Host-" if HTTPS else ""  # browsers take such a cookie from this very host only, and only by https
STOREFRONT_HOME_COOKIE = SESSION_COOKIE_NAME = f"{_OF_THIS_HOST}sessionid"
CSRF_COOKIE_NAME = f"{_OF_THIS_HOST}csrftoken"
SESSION_COOKIE_AGE = 12 * 3600  # of operators: shoppers have no sessions
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
if STOREFRONT_PROCESS.name != STOREFRONT_TOPOLOGY.home.name:  # operators arrive with the session they have at home
    SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
    SESSION_COOKIE_NAME = f"{_OF_THIS_HOST}visit"
STOREFRONT_CLAIM_SECONDS = env.float("STOREFRONT_CLAIM_SECONDS", default=20.0)
"""How long other processes believe what home said of an operator or a key: sign-out and revocation take so long."""
STOREFRONT_SECOND_FACTOR = env.str("STOREFRONT_SECOND_FACTOR", default="required")  # or offered, as in the demo
STOREFRONT_REFUND_LIMIT = env.float("STOREFRONT_REFUND_LIMIT", default=100.0)
"""Major units of any currency: to give back more of one payment takes a second factor given within ten minutes."""
LOGIN_URL = "/admin/login/"
LOGIN_REDIRECT_URL = "/admin/"
UNFOLD = {
    "SITE_TITLE": "Storefront", "SITE_HEADER": "Storefront", "SITE_SUBHEADER": "Back office",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "storefront.backoffice.site.icon"}],
    "SITE_URL": "/api/v1/docs", "STYLES": ["storefront.backoffice.site.narrow_styles"],
    "SCRIPTS": ["storefront.backoffice.site.strict_scripts"],
    "DASHBOARD_CALLBACK": "storefront.followup.everywhere.dashboard",
    "LOGIN": {"form": "storefront.home.forms.SignInForm"},
    "ACCOUNT": {"navigation": "storefront.backoffice.site.own_pages"},
}

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
MEDIA_URL = "/media/"
MEDIA_ROOT = DATA_DIR / "media"
STOREFRONT_MEDIA_MODULE = "catalog"  # whose process keeps the files, and so answers for them

REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["storefront.rest.render.JsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["storefront.rest.body.JsonParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": ["storefront.rest.keys.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_THROTTLE_CLASSES": ["storefront.rest.throttle.Throttle"],
    "DEFAULT_SCHEMA_CLASS": openapi.DEFAULT_SCHEMA_CLASS,
    "EXCEPTION_HANDLER": "storefront.rest.problem.handle",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = openapi.SPECTACULAR_SETTINGS
STOREFRONT_OPENAPI = Path(env.str("STOREFRONT_OPENAPI", default=str(DATA_DIR / "openapi.json")))
"""Of the whole shop, for processes that have a part of it: written by `manage.py topology openapi`."""
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)  # how many proxies of ours add to X-Forwarded-For
THROTTLES = env.bool("THROTTLES", default=True)  # off in tests and benchmarks
THROTTLE_STORAGE_URL = env.str("THROTTLE_STORAGE_URL", default="")  # redis://... counts for all processes together

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS and TRUSTED_PROXIES else None

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request": {"()": "storefront.rest.context.RequestFields"}},
    "formatters": {
        "line": {
            "()": "storefront.rest.context.MaskedLines",
            "format": "%(asctime)s %(levelname)s %(name)s [%(request_id)s %(trace_id)s] %(message)s",
        },
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "filters": ["request"], "formatter": "line"}},
    "loggers": {"httpx2": {"level": "WARNING"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
}
