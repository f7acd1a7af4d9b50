"""Public paths of cart."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
