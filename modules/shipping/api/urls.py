"""Public paths of shipping."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
