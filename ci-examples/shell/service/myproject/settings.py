"""Settings of the sample service: one API, its metrics, no database, no sessions, no users."""

import os
import secrets

from django.core.exceptions import ImproperlyConfigured
from myapp.environment import EnvironmentProblem, read

try:
    SERVICE = read(os.environ)
except EnvironmentProblem as problem:
    raise ImproperlyConfigured(str(problem)) from None

# Django insists on a key, and nothing here signs anything that outlives the process.
SECRET_KEY = secrets.token_urlsafe(50)
DEBUG = False
# Prometheus, health checks and load balancers address an instance by its IP address.
ALLOWED_HOSTS = ["*"]

INSTALLED_APPS = [
    "django_prometheus",
    "myapp.apps.MyAppConfig",
]
MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]
ROOT_URLCONF = "myproject.urls"
WSGI_APPLICATION = "myproject.wsgi.application"
DATABASES = {}
# There is no database whose migrations could be counted.
PROMETHEUS_EXPORT_MIGRATIONS = False
TIME_ZONE = "UTC"
USE_TZ = True
