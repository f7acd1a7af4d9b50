"""Before the deploy: sagas that are over are found by their age and forgotten, without reading all of them."""

from django.db import migrations, models

from storefront.migrating import AddIndexQuietly


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("checkout", "0006_purchase_limits")]

    operations = [
        AddIndexQuietly(model_name="sagarow", index=models.Index(fields=["started_at"], name="checkout_saga_age")),
    ]
