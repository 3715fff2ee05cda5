"""Merging two entries that had got the same letter left a row with name and address that no erasing could find."""

from django.db import migrations

FORGET = """
UPDATE newsletters_recipient
SET email = 'erased-' || replace(key::text, '-', '') || '@invalid.invalid', first_name = '', smtp_reply = '',
    organisation_id = NULL, status = CASE status WHEN 'pending' THEN 'skipped' ELSE status END
WHERE person_id IS NULL AND email NOT LIKE 'erased-%@invalid.invalid'
"""


class Migration(migrations.Migration):
    """Takes name and address out of the rows; they count on."""

    dependencies = [("newsletters", "0012_merged_receivers")]

    operations = [migrations.RunSQL(FORGET, migrations.RunSQL.noop)]
