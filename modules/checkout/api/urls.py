"""Public paths of checkout."""

from django.urls import path

from modules.checkout.api import views

urlpatterns = [
    path("checkouts", views.CheckoutList.as_view()),
    path("checkouts/<str:checkout_id>", views.CheckoutDetail.as_view()),
    path("checkouts/<str:checkout_id>/complete", views.Complete.as_view()),
    path("orders", views.OrderList.as_view()),
    path("orders/<str:order_id>", views.OrderDetail.as_view()),
    path("orders/<str:order_id>/cancel", views.Cancel.as_view()),
    path("orders/<str:order_id>/hold", views.Hold.as_view()),
    path("orders/<str:order_id>/release", views.Release.as_view()),
]
