from django.urls import include, path
from myapp import metrics, views

urlpatterns = [
    path(metrics.PROCESS_DATA.lstrip("/"), views.process_data),
    path("healthz/", views.healthz),
    path("", include("django_prometheus.urls")),  # /metrics
]
