"""The serving process: the WSGI application, and the background work beside it."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from storefront.background import start_background
from storefront.environment.checks import refuse_wrong_settings
from storefront.topology.admission import Admission
from storefront.topology.checks import refuse_a_bad_start

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = Admission(get_wsgi_application(), queue_ms=settings.STOREFRONT_QUEUE_MS)
refuse_wrong_settings()
refuse_a_bad_start()
start_background()
