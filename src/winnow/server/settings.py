"""Django's settings. What an operator may set comes from the environment: docs/reference/settings.md."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path
from typing import Any

import dj_database_url


def _secret_key(path: Path) -> str:
    """The key that signs sessions, made on first start; never in the code, readable by its owner only."""
    if not path.exists():
        part = path.with_name(f"{path.name}.{os.getpid()}")
        part.touch(mode=0o600)
        part.write_text(secrets.token_urlsafe(64))
        with contextlib.suppress(FileExistsError):
            os.link(part, path)  # unlike rename, never replaces a key another process just made
        part.unlink()
    return path.read_text()


def _database(url: str) -> dict[str, Any]:
    """SQLite needs IMMEDIATE and WAL, or parallel workers see "database is locked" (docs/adr/0003)."""
    config: dict[str, Any] = dict(dj_database_url.parse(url))
    if "sqlite" in config["ENGINE"]:
        config["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;",
        }
    elif "mysql" in config["ENGINE"]:
        config["OPTIONS"] = {"charset": "utf8mb4", "isolation_level": "read committed"}
    return config


WINNOW_DATA_DIR = Path(os.environ.get("WINNOW_DATA_DIR", ".data")).resolve()
WINNOW_DATA_DIR.mkdir(parents=True, exist_ok=True, mode=0o700)
WINNOW_PORT = int(os.environ.get("PORT", "8000"))
WINNOW_MAX_UPLOAD_BYTES = int(os.environ.get("WINNOW_MAX_UPLOAD_BYTES", str(8 << 30)))
WINNOW_MAX_ARCHIVE_FILES = int(os.environ.get("WINNOW_MAX_ARCHIVE_FILES", "100000"))
WINNOW_MAX_ARCHIVE_BYTES = int(os.environ.get("WINNOW_MAX_ARCHIVE_BYTES", str(64 << 30)))
WINNOW_MAX_ARCHIVE_RATIO = int(os.environ.get("WINNOW_MAX_ARCHIVE_RATIO", "200"))
WINNOW_MAX_ARCHIVE_DEPTH = int(os.environ.get("WINNOW_MAX_ARCHIVE_DEPTH", "3"))
WINNOW_MIN_FREE_BYTES = int(os.environ.get("WINNOW_MIN_FREE_BYTES", str(1 << 30)))
WINNOW_MAX_FILE_BYTES = int(os.environ.get("WINNOW_MAX_FILE_BYTES", str(2 << 30)))
WINNOW_QUARANTINE_DAYS = float(os.environ.get("WINNOW_QUARANTINE_DAYS", "30"))
WINNOW_PACS_HOSTS = [
    host.strip().lower() for host in os.environ.get("WINNOW_PACS_HOSTS", "").split(",") if host.strip()
]
WINNOW_PACS_SECONDS = float(os.environ.get("WINNOW_PACS_SECONDS", "30"))
WINNOW_LEASE_SECONDS = float(os.environ.get("WINNOW_LEASE_SECONDS", "15"))
WINNOW_PICK_LEASE_MINUTES = float(os.environ.get("WINNOW_PICK_LEASE_MINUTES", "60"))
WINNOW_DASK_SCHEDULER = os.environ.get("WINNOW_DASK_SCHEDULER", "")
WINNOW_FRONTEND_DIR = Path(
    os.environ.get("WINNOW_FRONTEND_DIR", Path(__file__).parents[3] / "frontend" / "dist")
).resolve()

SECRET_KEY = _secret_key(WINNOW_DATA_DIR / "secret_key")
DEBUG = False
ALLOWED_HOSTS = os.environ.get("WINNOW_HOSTS", "127.0.0.1,localhost").split(",")
CSRF_TRUSTED_ORIGINS = [origin for origin in os.environ.get("WINNOW_ORIGINS", "").split(",") if origin]

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "ninja",
    "winnow.server.apps.ServerConfig",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "winnow.server.api.pages.SafetyHeaders",
    "winnow.server.api.pages.StaticFiles",
    "winnow.server.api.pages.JsonRefusals",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
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
ROOT_URLCONF = "winnow.server.urls"
ASGI_APPLICATION = "winnow.server.asgi.application"
DATABASES = {
    "default": _database(os.environ.get("WINNOW_DATABASE_URL", f"sqlite:///{WINNOW_DATA_DIR / 'winnow.sqlite3'}"))
}

AUTH_USER_MODEL = "server.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = int(float(os.environ.get("WINNOW_SESSION_HOURS", "336")) * 3600)
SESSION_COOKIE_SAMESITE = "Lax"
# Behind TLS the operator sets WINNOW_TLS=1; on plain loopback secure cookies would lock everybody out.
WINNOW_TLS = os.environ.get("WINNOW_TLS", "0") == "1"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = WINNOW_TLS
SECURE_HSTS_SECONDS = 31536000 if WINNOW_TLS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if WINNOW_TLS else None
X_FRAME_OPTIONS = "DENY"

STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_ALLOW_ALL_ORIGINS = False  # the pages are no library for other sites
WHITENOISE_ROOT = WINNOW_FRONTEND_DIR if WINNOW_FRONTEND_DIR.is_dir() else None
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/assets/.+-[\w-]{8}\."  # as Vite names files by their content
FILE_UPLOAD_TEMP_DIR = WINNOW_DATA_DIR / "incoming"
FILE_UPLOAD_TEMP_DIR.mkdir(exist_ok=True, mode=0o700)
FILE_UPLOAD_HANDLERS = ["winnow.server.api.hashed.HashingUploadHandler"]  # always to the disk
FILE_UPLOAD_PERMISSIONS = 0o600
DATA_UPLOAD_MAX_NUMBER_FILES = 500  # each is an open file until its request ends
DATA_UPLOAD_MAX_MEMORY_SIZE = 128 << 20  # bodies that are not multipart: masks

LANGUAGE_CODE = "en"
USE_TZ = True
TIME_ZONE = "UTC"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": os.environ.get("WINNOW_LOG_LEVEL", "INFO")},
}
