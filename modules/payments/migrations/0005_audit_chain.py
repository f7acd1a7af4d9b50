"""Before the deploy: each row of the audit log is sealed to those before it; the release before writes none."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0004_trials_of_facts'),
    ]

    operations = [
        migrations.AddField(
            model_name='auditentry',
            name='seal',
            field=models.CharField(blank=True, db_default='', default='', max_length=64),
        ),
    ]
