"""Before the deploy: limits of what one customer may buy, and what was bought under them; new tables, still empty."""

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('checkout', '0005_audit_chain'),
    ]

    operations = [
        migrations.CreateModel(
            name='PurchaseLimit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sku', models.CharField(max_length=64, unique=True, verbose_name='SKU')),
                ('units', models.PositiveIntegerField(help_text='For one customer, over all orders that are not canceled.', validators=[django.core.validators.MinValueValidator(1)])),
            ],
        ),
        migrations.CreateModel(
            name='Purchase',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('order_id', models.CharField(max_length=40)),
                ('sku', models.CharField(max_length=64)),
                ('customer', models.CharField(max_length=254)),
                ('units', models.PositiveIntegerField()),
            ],
            options={
                'indexes': [models.Index(fields=['customer', 'sku'], name='checkout_purchase_of_customer')],
                'constraints': [models.UniqueConstraint(fields=('order_id', 'sku'), name='checkout_purchase_once')],
            },
        ),
    ]
