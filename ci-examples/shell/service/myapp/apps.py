from django.apps import AppConfig


class MyAppConfig(AppConfig):
    name = "myapp"

    def ready(self):
        # The first scrape must already find the service's series, whichever request comes first.
        from . import metrics  # noqa: F401
