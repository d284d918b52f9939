"""The settings under test: the real ones, without what only costs time or hides failures."""

from __future__ import annotations

from config.settings import *  # noqa: F403

# A manifest storage under the live test server answers 404 for every hashed file.
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
HTTPS = False
SECURE_SSL_REDIRECT = False
SESSION_COOKIE_SECURE = False
CSRF_COOKIE_SECURE = False
# Tests collect no static files, and WhiteNoise warns when it finds none at the start.
WHITENOISE_AUTOREFRESH = True
