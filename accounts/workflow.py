"""The workflow "Godkjenning": what a leader submits, an adviser approves."""

from django.contrib.auth.models import Group
from wagtail.models import GroupApprovalTask, Site, Workflow, WorkflowPage, WorkflowTask

NAME = "Godkjenning"
TASK_NAME = "Godkjenning av rådgiver"
# Wagtail's first migration makes this one, for groups that the portal does not have.
EXAMPLE_NAME = "Moderators approval"


def ensure_workflow(approvers: Group) -> Workflow:
    """Make the workflow with one step, approved by `approvers`, and attach it to every site's tree."""
    _remove_example()
    task = GroupApprovalTask.objects.filter(name=TASK_NAME).first()
    if task is None:
        task = GroupApprovalTask.objects.create(name=TASK_NAME, active=True)
    task.groups.add(approvers)
    workflow = Workflow.objects.get_or_create(name=NAME)[0]
    WorkflowTask.objects.get_or_create(workflow=workflow, task=task, defaults={"sort_order": 0})
    for site in Site.objects.select_related("root_page"):
        # An administrator may have chosen another workflow for the site; that choice stands.
        WorkflowPage.objects.get_or_create(page=site.root_page, defaults={"workflow": workflow})
    return workflow


def _remove_example() -> None:
    """Take away Wagtail's example workflow, unless something has been through it."""
    for workflow in Workflow.objects.filter(name=EXAMPLE_NAME, workflow_states__isnull=True):
        WorkflowPage.objects.filter(workflow=workflow).delete()
        tasks = [link.task for link in workflow.workflow_tasks.select_related("task")]
        workflow.delete()
        for task in tasks:
            if not task.task_states.exists() and not task.workflow_tasks.exists():
                task.delete()
