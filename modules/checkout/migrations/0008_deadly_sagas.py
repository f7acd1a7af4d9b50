"""Counts how often a saga was taken and not heard of again. Before the deploy: code of before leaves it 0."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('checkout', '0007_sagas_by_age'),
    ]

    operations = [
        migrations.AddField(
            model_name='sagarow',
            name='unanswered',
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
    ]
