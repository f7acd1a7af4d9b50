"""Public paths of payments, and the pages of the sandbox bank."""

from django.urls import path

from modules.payments.api import pages, views

app_name = "payments"
urlpatterns = [
    path("payments/returns/<str:payment_id>", pages.return_page, name="return"),
    path("payments/<str:payment_id>", views.PaymentDetail.as_view(), name="payment"),
    path("payments/<str:payment_id>/capture", views.PaymentCapture.as_view(), name="capture"),
    path("payments/<str:payment_id>/void", views.PaymentVoid.as_view(), name="void"),
    path("payments/<str:payment_id>/refunds", views.RefundList.as_view(), name="refunds"),
    path("webhooks/payments/<str:provider>", views.PaymentWebhook.as_view(), name="webhook"),
    path("sandbox/challenges/<str:challenge_id>", pages.challenge_page, name="challenge"),
]
