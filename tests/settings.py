"""The real settings with what makes tests fast, a cheap password hash and static names without hashes; and with both
providers configured, which tests/accounts/provider.py plays.
"""

import os

for _provider in ("GOOGLE", "GITHUB"):
    os.environ.setdefault(f"{_provider}_CLIENT_ID", f"{_provider.lower()}-client")
    os.environ.setdefault(f"{_provider}_CLIENT_SECRET", f"{_provider.lower()}-secret")

from config.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "editorial.media.storage.WholeFiles"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# Test runners side by side share a broker, and none may take another's tasks.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    **CELERY_BROKER_TRANSPORT_OPTIONS,  # noqa: F405
    "global_keyprefix": f"{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}:",
}
