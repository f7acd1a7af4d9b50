"""The follow-up pages of every module of this process; imported with the platform's admin."""

from django.apps import apps
from django.contrib import admin

from storefront.followup.delivery_page import DeliveryAdmin
from storefront.followup.platform import look_after
from storefront.followup.saga_page import SagaAdmin
from storefront.topology import has_sagas, modules_here

admin.site.index_template = "followup/index.html"
for _module in modules_here():
    look_after(_module)
    admin.site.register(apps.get_model(_module, "Delivery"), DeliveryAdmin)
    if has_sagas(_module):
        admin.site.register(apps.get_model(_module, "SagaRow"), SagaAdmin)
