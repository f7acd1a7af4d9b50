"""Who did what in the back office. Before the deploy: what runs today does not know the table."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0002_ledger_is_append_only'),
    ]

    operations = [
        migrations.CreateModel(
            name='AuditEntry',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('at', models.DateTimeField(db_index=True)),
                ('operator', models.CharField(db_index=True, max_length=150)),
                ('operator_name', models.CharField(blank=True, default='', max_length=150)),
                ('action', models.CharField(max_length=100)),
                ('command', models.CharField(blank=True, default='', max_length=100)),
                ('outcome', models.CharField(max_length=12)),
                ('detail', models.TextField(blank=True, default='')),
                ('object_type', models.CharField(blank=True, default='', max_length=100)),
                ('object_id', models.CharField(blank=True, default='', max_length=255)),
                ('object_name', models.CharField(blank=True, default='', max_length=200)),
                ('changes', models.TextField(default='[]')),
                ('request_id', models.CharField(blank=True, default='', max_length=128)),
            ],
            options={
                'verbose_name': 'audit entry',
                'verbose_name_plural': 'audit entries',
                'abstract': False,
                'indexes': [models.Index(fields=['object_id', 'id'], name='payments_audit_object')],
            },
        ),
    ]
