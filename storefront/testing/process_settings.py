"""Settings of a process that a test run has started: the project's own, on the databases of the run."""

import os
from importlib import import_module

from storefront.testing.agent import ENVIRONMENT, Orders

_orders = Orders.read(os.environ[ENVIRONMENT])
_project = import_module(_orders.settings)
globals().update({name: getattr(_project, name) for name in dir(_project) if name.isupper()})

DATABASES = {alias: database | {"NAME": _orders.databases[alias]} for alias, database in _project.DATABASES.items()}
INSTALLED_APPS = [*_project.INSTALLED_APPS, "storefront.testing"]
STOREFRONT_WIRING = _orders.wiring
_formatters = {
    name: form | {"()": "storefront.testing.logs.WithFields"} for name, form in _project.LOGGING["formatters"].items()
}
LOGGING = _project.LOGGING | {"formatters": _formatters}
