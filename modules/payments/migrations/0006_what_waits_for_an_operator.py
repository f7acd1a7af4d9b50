"""Before the deploy: the few payments and notices to look at are found without reading all. No writer waits for it."""

from django.db import migrations, models

from storefront.migrating import AddIndexQuietly


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ("payments", "0005_audit_chain"),
    ]

    operations = [
        AddIndexQuietly(
            model_name="payment",
            index=models.Index(
                fields=["updated_at"], name="payments_payment_alarmed", condition=models.Q(("alarm", ""), _negated=True)
            ),
        ),
        AddIndexQuietly(
            model_name="webhookreceipt",
            index=models.Index(
                fields=["received_at"], name="payments_webhook_given_up",
                condition=models.Q(("handled_at__isnull", True), ("next_at__isnull", True)),
            ),
        ),
    ]
