"""The serving process: the WSGI application, and the background work beside it."""

import os

from django.core.wsgi import get_wsgi_application

from storefront.background import start_background

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()
start_background()
