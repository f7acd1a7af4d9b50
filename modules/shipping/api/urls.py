"""Public paths of shipping."""

from django.urls import path

from modules.shipping.api import views

app_name = "shipping"
urlpatterns = [
    path("shipments/<str:shipment_id>", views.ShipmentDetail.as_view(), name="shipment"),
    path("shipments/<str:shipment_id>/dispatch", views.ShipmentDispatch.as_view(), name="dispatch"),
    path("shipments/<str:shipment_id>/cancel", views.ShipmentCancel.as_view(), name="cancel"),
    path("shipments/<str:shipment_id>/label", views.ShipmentLabel.as_view(), name="label"),
    path("webhooks/carriers/<str:carrier>", views.CarrierWebhook.as_view(), name="carrier-webhook"),
]
