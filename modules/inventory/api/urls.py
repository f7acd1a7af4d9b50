"""Public paths of inventory."""

from django.urls import path

from modules.inventory.api.views import AdjustmentList, StockDetail, StockList

urlpatterns = [
    path("stock", StockList.as_view()),
    path("stock/adjustments", AdjustmentList.as_view()),
    path("stock/<str:sku>/<str:location>", StockDetail.as_view()),
]
