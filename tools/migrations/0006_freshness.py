"""A criterion may say for how many days its facts hold."""

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tools", "0005_newest")]

    operations = [
        migrations.AddField(
            model_name="criterion",
            name="good_for_days",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="For how many days a fact holds after its check. Empty: as long as the house says.",
                verbose_name="good for days",
                null=True,
                validators=[django.core.validators.MinValueValidator(1)],
            ),
        ),
        migrations.AddConstraint(
            model_name="criterion",
            constraint=models.CheckConstraint(
                condition=models.Q(("good_for_days__isnull", True), ("good_for_days__gte", 1), _connector="OR"),
                name="criterion_is_good_for_a_day_or_more",
            ),
        ),
    ]
