"""Public paths of cart."""

from django.urls import path

from modules.cart.api.views import CartDetail, CartList, LineDetail, LineList

urlpatterns = [
    path("carts", CartList.as_view()),
    path("carts/<str:cart_id>", CartDetail.as_view()),
    path("carts/<str:cart_id>/lines", LineList.as_view()),
    path("carts/<str:cart_id>/lines/<str:line_id>", LineDetail.as_view()),
]
