"""One settings file; the environment decides. Without any variable set it is a production site that refuses to start.

The variables are listed in docs/operations.md.
"""

from __future__ import annotations

from email.utils import parseaddr
from typing import Any
from urllib.parse import urlsplit

import dj_database_url

from config import env, logs
from config.mails import let_mails_show
from config.policies import *  # noqa: F403
from config.queueing import *  # noqa: F403 - what Celery is told, whatever the environment

BASE_DIR = env.BASE_DIR
# LOCAL=1 is what `make run` and the tests set: plain http, a local mailbox, no edge in front. Never on a public server.
LOCAL = env.flag("LOCAL")
DEBUG = LOCAL and env.flag("DEBUG")

# --- Secrets and addresses -------------------------------------------------------------------------------------------
SECRET_KEY = env.text(
    "SECRET_KEY",
    hint="On your own machine use `make run`; on a server set it to a long random text: "
    "python -c 'import secrets; print(secrets.token_urlsafe(64))'",
)
if not LOCAL and len(SECRET_KEY) < 50:
    raise SystemExit("SECRET_KEY is too short to be safe: set it to at least 50 random characters.")
SECRET_KEY_FALLBACKS = env.items("SECRET_KEY_FALLBACKS")

SITE_URL = env.text(
    "SITE_URL",
    "http://127.0.0.1:8000" if LOCAL else None,
    hint="Set it to the publication's public address, for instance https://drydock.example.org",
).rstrip("/")
_site = urlsplit(SITE_URL)
if not LOCAL and _site.scheme != "https":
    raise SystemExit("SITE_URL must begin with https:// (or set LOCAL=1 on your own machine).")
ALLOWED_HOSTS = env.items("ALLOWED_HOSTS", _site.hostname or "")
if LOCAL:
    ALLOWED_HOSTS += ["localhost", "127.0.0.1", "[::1]"]

# Each proxy of yours appends the address it saw to this header; this many of the last entries are yours. The web server
# gives X_Forwarded_For the same name as X-Forwarded-For: see docs/operations.md on how to keep readers from using that.
BEHIND_PROXY = not LOCAL and env.flag("BEHIND_PROXY")
TRUSTED_PROXY_HOPS = env.number("TRUSTED_PROXY_HOPS", 1 if BEHIND_PROXY else 0)
CLIENT_ADDRESS_HEADER = env.text("CLIENT_ADDRESS_HEADER", "X-Forwarded-For")

# --- Apps ------------------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "newsletter",
    "comparisons",
    "reviews",
    "votes",
    "tools",
    "editorial",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "accounts",  # after allauth, whose tables it takes off the desk
    "pghistory",
    "pgtrigger",
    "editorial.desk_config.DeskConfig",  # Django's admin
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
]
if LOCAL:
    INSTALLED_APPS += ["django_mail_preview"]

# Who else may say who somebody is. A provider exists here only when both of its variables are set.
SOCIAL_ORIGINS = {
    provider: origin
    for provider, origin in (("google", "https://accounts.google.com"), ("github", "https://github.com"))
    if env.pair(f"{provider.upper()}_CLIENT_ID", f"{provider.upper()}_CLIENT_SECRET")
}
INSTALLED_APPS += [f"allauth.socialaccount.providers.{provider}" for provider in SOCIAL_ORIGINS]

MIDDLEWARE = [
    "config.middleware.health",
    "config.compression.compression",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "config.middleware.isolation_headers",
    "config.middleware.open_doors",
    "config.middleware.admin_policy",
    *(["config.mails.mailbox_policy"] if LOCAL else []),
    "accounts.middleware.private_pages",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "config.middleware.well_formed_csrf_cookie",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "editorial.history.middleware.name_who_saves",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

# Reader pages are Jinja2 (docs/decisions/0001); the admin and other packages keep Django's own language.
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {"environment": "comparisons.templating.environment", "auto_reload": DEBUG},
    },
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.csp",
            ],
        },
    },
]

# --- Data ------------------------------------------------------------------------------------------------------------
DATABASES = {
    "default": dj_database_url.parse(
        env.text(
            "DATABASE_URL",
            hint="Use `make run`, which starts an embedded PostgreSQL, or set it to postgresql://user:password@host/name",
        )
    )
}
DATABASES["default"]["OPTIONS"] = {
    **DATABASES["default"].get("OPTIONS", {}),
    "pool": {"min_size": 1, "max_size": 4, "timeout": 2},
    # What is asked over and over is planned once a connection, and not each time.
    "server_side_binding": True,
    "prepare_threshold": 5,
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Rate limits live here. In the database, so that they are shared by all processes and outlive the broker.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "accounts_cacherow",
        "OPTIONS": {"MAX_ENTRIES": 100_000},  # beyond it rows are thrown out, and limits with them
    }
}

# --- Accounts --------------------------------------------------------------------------------------------------------
# Sign-in is by emailed code, passkey or provider (docs/decisions/0007 and 0008); passwords open the admin alone.
AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "account"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # nobody gets in without having proved an address, so nothing is left to verify
ACCOUNT_EMAIL_NOTIFICATIONS = True  # the adapter lets the useful ones through
ALLAUTH_USER_CODE_FORMAT = {"numeric": True, "dashed": False, "length": 6}
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 10 * 60
# amount/time/per; "key" is the address for a request, the browser for a try. Three tries a code and twenty codes a day
# for an address leave whoever guesses one chance in 16,000 a day.
ACCOUNT_RATE_LIMITS = {
    "request_login_code": "10/m/ip,60/h/ip,200/d/ip,3/10m/key,20/d/key",
    "confirm_login_code": "30/m/ip,10/10m/key",
    "passkey": "20/m/ip",
    "admin_password": "10/m/ip,100/h/ip,5/5m/key,50/d/key",
    # One chance in some 6,000 a day for who has somebody's mailbox and guesses.
    "second_factor": "10/m/ip,100/h/ip,5/5m/key,50/d/key",
}
MFA_ADAPTER = "accounts.adapter.PasskeyAdapter"
MFA_SUPPORTED_TYPES = ["webauthn", "totp", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_REAUTHENTICATION_REQUIRED = False  # accounts.proof asks for a recent sign-in instead, by whatever means
SOCIALACCOUNT_ADAPTER = "accounts.adapter.SocialAdapter"
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SOCIALACCOUNT_PROVIDERS = {
    provider: {
        "APPS": [
            {
                "client_id": env.text(f"{provider.upper()}_CLIENT_ID"),
                "secret": env.text(f"{provider.upper()}_CLIENT_SECRET"),
            }
        ],
        "OAUTH_PKCE_ENABLED": True,
    }
    for provider in SOCIAL_ORIGINS
}
SESSION_ENGINE = "accounts.session_store"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # no third cookie
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]

# --- Votes -----------------------------------------------------------------------------------------------------------
# How old an account must be for its votes to make the community's number; at once on one's own machine.
VOTE_ACCOUNT_AGE_HOURS = env.number("VOTE_ACCOUNT_AGE_HOURS", 0 if LOCAL else 72)
VOTER_COOKIE_NAME = "voter" if LOCAL else "__Host-voter"

# --- Open data -------------------------------------------------------------------------------------------------------
# Under what anybody may use the public data, and where the nightly dump lies: worker and web server both need it.
DATA_LICENCE = env.text("DATA_LICENCE", "CC BY 4.0")
DATA_LICENCE_URL = env.text(
    "DATA_LICENCE_URL",
    None if env.given("DATA_LICENCE") else "https://creativecommons.org/licenses/by/4.0/",
    hint="Set it to the address of the licence that DATA_LICENCE names.",
)
OPEN_DATA_ROOT = env.text("OPEN_DATA_ROOT", str(env.STATE_DIR / "open-data"))

# --- The weekly email ------------------------------------------------------------------------------------------------
# What hashes of addresses and links of subscribers are made with. Who unsubscribed is known by it alone, so it must
# outlive SECRET_KEY: name it once and keep it, and keep an older one among the fallbacks.
NEWSLETTER_KEY = env.text("NEWSLETTER_KEY", SECRET_KEY)
NEWSLETTER_KEY_FALLBACKS = [*env.items("NEWSLETTER_KEY_FALLBACKS"), SECRET_KEY, *SECRET_KEY_FALLBACKS]
# Law asks for a postal address in every issue: without one none goes out (newsletter/rendering/postal.py).
NEWSLETTER_POSTAL_ADDRESS = env.text(
    "NEWSLETTER_POSTAL_ADDRESS", "Drydock, Berth 4, 12 Example Quay, 00000 Port Example" if LOCAL else ""
)
NEWSLETTER_LIST_ID = env.text("NEWSLETTER_LIST_ID", "weekly.drydock.example" if LOCAL else f"weekly.{_site.hostname}")
# Workers at once on all machines, messages a second of them all (0: no limit), and how many the line `sender` has.
NEWSLETTER_SLOTS = env.number("NEWSLETTER_SLOTS", 32)
NEWSLETTER_RATE = env.number("NEWSLETTER_RATE", 0)
NEWSLETTER_WORKERS = env.number("SEND_CONCURRENCY", 1)
CONFIRM_COOKIE_NAME = "confirm" if LOCAL else "__Host-confirm"

# --- Freshness -------------------------------------------------------------------------------------------------------
# After so many days a price or fact is due for re-inspection, unless its criterion says otherwise.
GOOD_FOR_DAYS = env.number("GOOD_FOR_DAYS", 180)
# Prices belong to no criterion, so their limit is said here; unless it is, they hold as long as everything else.
PRICES_GOOD_FOR_DAYS = env.number("PRICES_GOOD_FOR_DAYS", GOOD_FOR_DAYS)

# Whether the addresses that public tools name are visited once a week (docs/operations.md).
CHECK_LINKS = env.flag("CHECK_LINKS")

# --- Webhooks --------------------------------------------------------------------------------------------------------
# Receivers on the operator's own network, and plain http to them; otherwise public addresses alone.
WEBHOOKS_MAY_REACH_PRIVATE = env.flag("WEBHOOKS_MAY_REACH_PRIVATE")

# --- The desk --------------------------------------------------------------------------------------------------------
# Whether people of the desk have to show a second factor; not on one's own machine, where a password is printed.
STAFF_SECOND_FACTOR = env.flag("STAFF_SECOND_FACTOR", default=not LOCAL)
# Whether a second person has to publish what somebody has changed (docs/decisions/0025).
FOUR_EYES = env.flag("FOUR_EYES")

# Rows of history (docs/decisions/0026): for good, in the order in which they were written; words of forms are not kept.
PGHISTORY_APPEND_ONLY = True
PGHISTORY_CREATED_AT_FUNCTION = "clock_timestamp()"
PGHISTORY_EXCLUDE_FIELD_KWARGS = {
    "django.db.models.Field": ["verbose_name", "help_text", "choices", "validators", "editable"]
}

# --- Language and time -----------------------------------------------------------------------------------------------
# One language for an edition, never the reader's: public pages lie in shared caches (docs/decisions/0017).
LANGUAGE_CODE = env.language("LANGUAGE_CODE", "en")
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = LANGUAGE_CODE.partition("-")[0] != "en"  # our sources are English: nothing to look up
TIME_ZONE = "UTC"
USE_TZ = True
FORMAT_MODULE_PATH = "config.formats"
NUMBER_GROUPING = 3  # for languages of which Django does not say

# --- Static files ----------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
# A local run serves the sources themselves.
STATIC_ROOT = None if LOCAL else env.text("STATIC_ROOT", str(BASE_DIR / "staticfiles"))
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = LOCAL
# Looked at anew for each request, so that a file edited meanwhile is not cut at its old length.
WHITENOISE_AUTOREFRESH = LOCAL
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_ADD_HEADERS_FUNCTION = let_mails_show
# Pictures that editors upload. Outside whatever a web server serves by itself; another storage of Django's kind may
# take its place, for instance a bucket (docs/operations.md).
MEDIA_ROOT = env.text("MEDIA_ROOT", str(env.STATE_DIR / "media"))
MEDIA_URL = "/media/"
FILE_UPLOAD_HANDLERS = [
    "editorial.media.uploads.BoundedUpload",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
STORAGES = {
    "default": {"BACKEND": "editorial.media.storage.WholeFiles"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if LOCAL
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# --- Mail ------------------------------------------------------------------------------------------------------------
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", f"Drydock <hello@{_site.hostname}>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
NEWSLETTER_FROM = env.text("NEWSLETTER_FROM", DEFAULT_FROM_EMAIL)
# Who hears of a hole in the site, as an address that security.txt may name: mailto:, https: or tel:.
SECURITY_CONTACT = env.text("SECURITY_CONTACT", f"mailto:{parseaddr(DEFAULT_FROM_EMAIL)[1]}")
if LOCAL and not env.given("MAIL_URL"):
    MAILERS = {"default": {"BACKEND": "django_mail_preview.backends.EmailBackend"}}
    MAIL_PREVIEW_ROOT = env.STATE_DIR / "mail"
    SILENCED_SYSTEM_CHECKS = ["django_mail_preview.W001"]  # it would warn that mail is captured: here that is the point
    MAIL_PREVIEW_ALLOW = "config.middleware.is_local"
else:
    MAILERS = {
        "default": env.mailer(
            env.text("MAIL_URL", hint="Set it to your mail server: smtp+tls://user:password@mail.example.org:587")
        )
    }
# The weekly email may have a way out of its own, so that complaints about it keep no sign-in code from arriving.
if env.given("NEWSLETTER_MAIL_URL"):
    MAILERS["newsletter"] = env.mailer(env.text("NEWSLETTER_MAIL_URL"), "NEWSLETTER_MAIL_URL")
# Whose reports about our mail are believed, and by what secret: {"postmark": "name:password", "mailgun": "key"}.
MAIL_EVENTS = env.secrets("MAIL_EVENTS")
# Where failures of the weekly email are mailed to, each to an address of its own with a plus in it, and where that
# mailbox is read.
NEWSLETTER_BOUNCE_ADDRESS = env.text("NEWSLETTER_BOUNCE_ADDRESS", "")
NEWSLETTER_BOUNCE_MAILBOX = env.text("NEWSLETTER_BOUNCE_MAILBOX", "")

# --- Tasks -----------------------------------------------------------------------------------------------------------
CELERY_BROKER_URL = env.text(
    "REDIS_URL", hint="Use `make run`, which starts an embedded broker, or set it to redis://host:6379/0"
).replace("unix://", "redis+socket://", 1)

# --- Security --------------------------------------------------------------------------------------------------------
# Content security policies stand in config/policies.py.
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "comparisons.views.errors.not_from_here"
CSRF_COOKIE_SAMESITE = "Lax"
if not LOCAL:
    SECURE_SSL_REDIRECT = env.flag("SECURE_SSL_REDIRECT", default=True)
    # Set BEHIND_PROXY=1 only when a proxy of yours always overwrites X-Forwarded-Proto.
    if BEHIND_PROXY:
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 63_072_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_SECURE = True
    CSRF_COOKIE_NAME = "__Host-csrf"

LOGGING = logs.LOGGING
