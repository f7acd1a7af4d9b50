"""Paths of the platform itself, under `/api/v1/`."""

from django.urls import path

from storefront.rest import docs

urlpatterns = [
    path("openapi.json", docs.openapi),
    path("docs", docs.page),
    path("docs.js", docs.script),
]
