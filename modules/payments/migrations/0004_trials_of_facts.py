"""What ends the process that handles it becomes a dead letter. Before the deploy: what runs today fills neither."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0003_audit_log'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='delivery',
            options={'verbose_name_plural': 'deliveries'},
        ),
        migrations.AddField(
            model_name='delivery',
            name='unanswered',
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.CreateModel(
            name='Trial',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('event_id', models.CharField(max_length=40)),
                ('replay', models.CharField(blank=True, default='', max_length=40)),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('began_at', models.DateTimeField(db_index=True)),
            ],
            options={
                'abstract': False,
                'constraints': [models.UniqueConstraint(fields=('event_id', 'replay'), name='payments_trial_once')],
            },
        ),
    ]
