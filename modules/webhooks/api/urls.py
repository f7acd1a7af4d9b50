"""Public paths of webhooks."""

from django.urls import path

from modules.webhooks.api import views

_ONE = "webhook-endpoints/<str:endpoint_id>"

urlpatterns = [
    path("webhook-endpoints", views.EndpointList.as_view()),
    path(_ONE, views.EndpointDetail.as_view()),
    path(f"{_ONE}/rotate-secret", views.SecretRotation.as_view()),
    path(f"{_ONE}/test", views.EndpointTest.as_view()),
    path(f"{_ONE}/replay", views.EndpointReplay.as_view()),
    path(f"{_ONE}/messages", views.MessageList.as_view()),
    path("events", views.FeedView.as_view()),
]
