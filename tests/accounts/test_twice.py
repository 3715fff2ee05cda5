"""Buttons of the approval pressed twice: one approval, one mail, one publication.

The other forms have this test beside their own: feedback, sign-up, registration, order, sending a letter, a new page.
"""

import pytest
from django.core import mail
from django.urls import reverse
from wagtail.models import PageLogEntry, TaskState, WorkflowState

from projects.models import ProjectPage
from tests.accounts.test_access import edit, form_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def submitted(log_in, own) -> dict:
    """A leader's change, sent for approval; the form that was posted."""
    client = log_in("project_leader")
    data = {**form_of(client, own), "title": "Steroider og helse", "action-submit": "1"}
    assert client.post(edit(own), data).status_code == 302
    return data


def _to(email: str) -> list[str]:
    return [message.subject for message in mail.outbox if message.to == [email]]


def test_sending_for_approval_twice_asks_once(log_in, own, submitted):
    asked = _to("adviser@example.no")
    assert len(asked) == 1
    log_in("project_leader").post(edit(own), submitted)
    assert WorkflowState.objects.count() == TaskState.objects.count() == 1
    assert _to("adviser@example.no") == asked
    assert PageLogEntry.objects.filter(action="wagtail.workflow.start").count() == 1
    assert ProjectPage.objects.get(pk=own.pk).get_latest_revision_as_object().title == "Steroider og helse"


def test_approving_twice_publishes_and_tells_once(log_in, own, submitted):
    state = TaskState.objects.get()
    address = reverse("wagtailadmin_pages:workflow_action", args=[own.pk, "approve", state.pk])
    adviser = log_in("adviser")
    for _time in range(2):
        adviser.post(address, {"comment": ""})
    own.refresh_from_db()
    assert own.title == "Steroider og helse"
    assert WorkflowState.objects.get().status == WorkflowState.STATUS_APPROVED
    assert PageLogEntry.objects.filter(action="wagtail.workflow.approve").count() == 1
    assert len(_to("project_leader@example.no")) == 1


def test_sending_back_twice_asks_the_leader_once(log_in, own, submitted):
    state = TaskState.objects.get()
    address = reverse("wagtailadmin_pages:workflow_action", args=[own.pk, "reject", state.pk])
    adviser = log_in("adviser")
    for _time in range(2):
        adviser.post(address, {"comment": "Skriv kortere."})
    assert WorkflowState.objects.get().status == WorkflowState.STATUS_NEEDS_CHANGES
    assert len(_to("project_leader@example.no")) == 1
    assert PageLogEntry.objects.filter(action="wagtail.workflow.reject").count() == 1
