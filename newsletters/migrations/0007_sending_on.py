from django.db import migrations, models


def name_replies(apps, schema_editor):
    """What could not be forwarded was a reply; that it failed now stands in a field of its own."""
    mails = apps.get_model("newsletters", "StrayMail").objects
    mails.filter(reason="not_forwarded").update(reason="reply", state="failed")


def name_failures(apps, schema_editor):
    """The older release knows replies only as what could not be forwarded; of those sent on, only the row is left."""
    mails = apps.get_model("newsletters", "StrayMail").objects
    mails.filter(state="done").delete()
    mails.filter(reason="reply").update(reason="not_forwarded")


class Migration(migrations.Migration):
    dependencies = [("newsletters", "0006_who_left_all")]

    operations = [
        migrations.AddField(
            model_name="straymail",
            name="answer",
            field=models.CharField(blank=True, db_default="", default="", max_length=500),
        ),
        migrations.AddField(
            model_name="straymail",
            name="attempts",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="straymail",
            name="forwarded_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="straymail",
            name="forwarded_to",
            field=models.CharField(blank=True, db_default="", default="", max_length=320),
        ),
        migrations.AddField(
            model_name="straymail",
            name="is_uncertain",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="straymail",
            name="lease_key",
            field=models.UUIDField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="straymail",
            name="lease_until",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="straymail",
            name="next_attempt_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="straymail",
            name="state",
            field=models.CharField(
                choices=[
                    ("kept", "Not dealt with"),
                    ("waiting", "Being sent on"),
                    ("failed", "Could not be sent on"),
                    ("done", "Sent on"),
                ],
                db_default="kept",
                default="kept",
                max_length=7,
                verbose_name="status",
            ),
        ),
        migrations.AlterField(
            model_name="straymail",
            name="reason",
            field=models.CharField(
                choices=[
                    ("unknown", "Not recognised"),
                    ("not_ours", "A failure report that belongs to no letter of ours"),
                    ("unreadable", "Could not be read"),
                    ("reply", "A reply to a letter"),
                    ("too_big", "Too big to be forwarded"),
                ],
                default="unknown",
                max_length=14,
                verbose_name="reason",
            ),
        ),
        migrations.AddIndex(
            model_name="straymail",
            index=models.Index(
                condition=models.Q(("state", "waiting")), fields=["next_attempt_at"], name="mail_to_send_on"
            ),
        ),
        migrations.RunPython(name_replies, name_failures),
    ]
