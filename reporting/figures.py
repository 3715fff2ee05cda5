"""What the reports count. Every function costs a fixed number of queries."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Avg, Count, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth
from django.utils.formats import date_format
from wagtail.models import Page

from accounts.models import PageLeader
from core.models import DocumentDownloadCount, FeedbackResponse, PageViewCount, PortalDocument
from projects.models import ProjectPage, TrafficLight
from reporting.periods import Period

QUESTIONS = ("relevance", "accessibility", "structure", "action")
# Fewer answers than this say nothing as an average.
FEWEST_ANSWERS = 3


def most_read(period: Period) -> QuerySet[Page]:
    """Return published pages with their views in the period as `views`, most read first."""
    counted = Sum("view_counts__views", filter=Q(**period.limits("view_counts__date")))
    return (
        Page.objects.filter(live=True).annotate(views=counted).filter(views__gt=0).order_by("-views", "title")
    )


def most_downloaded(period: Period) -> QuerySet[PortalDocument]:
    """Return documents with their downloads in the period as `downloads`, most fetched first."""
    counted = Sum("download_counts__downloads", filter=Q(**period.limits("download_counts__date")))
    found = PortalDocument.objects.annotate(downloads=counted).filter(downloads__gt=0)
    return found.order_by("-downloads", "title")


def views_over_time(period: Period) -> list[tuple[str, list[float]]]:
    """Return views per day, or per month in a long period, as a chart's rows (1 query)."""
    return _over_time(PageViewCount.objects.all(), "views", period)


def downloads_over_time(period: Period) -> list[tuple[str, list[float]]]:
    """Return downloads per day, or per month in a long period, as a chart's rows (1 query)."""
    return _over_time(DocumentDownloadCount.objects.all(), "downloads", period)


def _over_time(rows: QuerySet, field: str, period: Period) -> list[tuple[str, list[float]]]:
    rows = rows.filter(**period.limits("date")).order_by()
    if period.by_month:
        summed = (
            rows.annotate(step=TruncMonth("date")).values("step").annotate(total=Sum(field)).order_by("step")
        )
        form = "M y"
    else:
        summed = rows.values("date").annotate(total=Sum(field)).order_by("date")
        form = "j.n."
    return [(date_format(row.get("step") or row["date"], form), [float(row["total"])]) for row in summed]


def feedback_by_page(period: Period) -> QuerySet[Page]:
    """Return pages that got answers in the period, with counts and averages, most answers first (1 query).

    `answers`, `said`, `useful`, `comments`, `unhandled`, and per question its average and number of answers
    (`relevance_average`, `relevance_n`).
    """
    within = Q(**period.limits("feedback__received_on"))
    numbers = {
        "answers": Count("feedback", filter=within),
        "said": Count("feedback", filter=within & Q(feedback__was_useful__isnull=False)),
        "useful": Count("feedback", filter=within & Q(feedback__was_useful=True)),
        "comments": Count("feedback", filter=within & ~Q(feedback__comment="")),
        "unhandled": Count(
            "feedback", filter=within & ~Q(feedback__comment="") & Q(feedback__is_handled=False)
        ),
    }
    for question in QUESTIONS:
        numbers[f"{question}_average"] = Avg(f"feedback__{question}", filter=within)
        numbers[f"{question}_n"] = Count(f"feedback__{question}", filter=within)
    return Page.objects.annotate(**numbers).filter(answers__gt=0).order_by("-answers", "title")


def share(part: int, whole: int) -> str:
    """Return a share in per cent with the number it rests on: "80 % (10)"; a dash when nobody answered."""
    return f"{100 * part / whole:.0f} % ({whole})" if whole else "–"


def average(value: float | None, answers: int) -> str:
    """Return an average with the number it rests on: "7,5 (4)"; too few answers give no average."""
    if value is None or answers < FEWEST_ANSWERS:
        return f"– ({answers})"
    return f"{value:.1f} ({answers})".replace(".", ",")


@dataclass(frozen=True)
class ProjectStanding:
    """A project in the portfolio, with its latest light."""

    project: ProjectPage
    light: TrafficLight | None
    leaders: str
    months_since: int | None

    @property
    def is_late(self) -> bool:
        """Whether an ongoing project has given no light for more than a month."""
        if self.project.status != ProjectPage.Status.ONGOING:
            return False
        return self.months_since is None or self.months_since > 1


def portfolio(today: date) -> list[ProjectStanding]:
    """Return all projects with their latest lights: ongoing first, the gravest light on top (3 queries)."""
    projects = list(ProjectPage.objects.order_by("title"))
    lights: dict[int, TrafficLight] = {}
    for light in TrafficLight.objects.order_by("page_id", "-month").distinct("page_id"):
        lights[light.page_id] = light
    leaders = _leaders(project.pk for project in projects)
    standings = [
        ProjectStanding(
            project,
            light := lights.get(project.pk),
            ", ".join(leaders.get(project.pk, [])),
            _months_between(light.month, today) if light else None,
        )
        for project in projects
    ]
    return sorted(standings, key=_gravity)


def _gravity(standing: ProjectStanding) -> tuple:
    status = [ProjectPage.Status.ONGOING, ProjectPage.Status.PLANNED, ProjectPage.Status.COMPLETED]
    colours = ["red", "yellow", "green"]
    colour = colours.index(standing.light.worst) if standing.light else len(colours)
    return status.index(standing.project.status), colour, standing.project.title


def _leaders(pages: Iterable[int]) -> dict[int, list[str]]:
    names: dict[int, list[str]] = {}
    for row in PageLeader.objects.filter(page_id__in=list(pages)).select_related("user"):
        names.setdefault(row.page_id, []).append(str(row.user))
    return names


def _months_between(earlier: date, later: date) -> int:
    return (later.year - earlier.year) * 12 + later.month - earlier.month


def scores_of(page_id: int, period: Period) -> dict[str, tuple[float | None, int]]:
    """Return each question's average for one page with its number of answers (1 query)."""
    rows = FeedbackResponse.objects.filter(page_id=page_id, **period.limits("received_on"))
    sums = {f"{question}_average": Avg(question) for question in QUESTIONS}
    counts = {f"{question}_n": Count(question) for question in QUESTIONS}
    found = rows.aggregate(**sums, **counts)
    return {question: (found[f"{question}_average"], found[f"{question}_n"]) for question in QUESTIONS}
