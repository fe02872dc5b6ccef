import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent

# What this recipe adds to a project: one app and one setting.
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "proyecta.contrib.django",
    "shop",
]
PROYECTA = {
    "API_KEY": os.environ.get("PROYECTA_API_KEY"),
    "BASE_URL": os.environ.get("PROYECTA_BASE_URL"),
}

# The rest is as in any project; a real one reads its secret from the environment and leaves DEBUG off.
SECRET_KEY = "for-the-example-only"
DEBUG = True
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
ROOT_URLCONF = "shop.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.contrib.auth.context_processors.auth"]},
    },
]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ.get("SHOP_DATABASE", BASE_DIR / "db.sqlite3"),
        "ATOMIC_REQUESTS": True,
    },
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "shop.User"
LOGIN_URL = "sign_up"
TIME_ZONE = "UTC"
USE_TZ = True
