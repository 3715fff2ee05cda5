"""What the register adds to the admin."""

from django.utils.translation import gettext_lazy as _
from wagtail import hooks

from directory.viewsets import RegisterGroup

ACTIONS = {
    "directory.correct_address": (_("Correct address"), _("Address corrected")),
    "directory.merge": (_("Merge entries"), _("Two entries merged")),
    "directory.asked_back": (
        _("Register again"),
        _("Registered again: the person was erased and has asked for it"),
    ),
    "directory.erase": (_("Erase person"), _("A person erased from the register")),
    "directory.import": (_("Import people"), _("People imported from a file")),
    "directory.undo_import": (_("Take back an import"), _("An import of people taken back")),
}


@hooks.register("register_admin_viewset")
def register():
    """People, organisations, units, regions, duplicates, leaders."""
    return RegisterGroup()


@hooks.register("register_log_actions")
def name_actions(actions) -> None:
    """Give the register's actions their words in the audit log."""
    for action, (label, message) in ACTIONS.items():
        actions.register_action(action, label, message)
