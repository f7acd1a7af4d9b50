"""What the processes of a shop ask of each other."""

from django.urls import path

from storefront.calls import server
from storefront.events import views as events
from storefront.followup import everywhere as followup
from storefront.home import key_views
from storefront.home import views as home
from storefront.personal import everywhere as personal
from storefront.topology import views

urlpatterns = [
    path("livez", views.livez),
    path("readyz", views.readyz),
    path("startupz", views.startupz),
    path("_modules", views.modules),
    path("_call/<str:module>/<str:operation>", server.call),
    path("_events/<str:module>", events.receive_batch),
    path("_receipts/<str:module>", events.receive_receipt),
    path("_personal", personal.door),
    path("_follow_up", followup.door),
    path("_identity/staff", home.staff),
    path("_identity/machines", home.machine),
    path("_identity/keys", key_views.key),
]
