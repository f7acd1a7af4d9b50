"""Public paths of catalog."""

from django.urls import URLPattern, path

from modules.catalog.api.views import category_tree, product_detail, product_list

urlpatterns: list[URLPattern] = [
    path("products", product_list, name="products"),
    path("products/<str:name>", product_detail, name="product"),
    path("categories", category_tree, name="categories"),
]
