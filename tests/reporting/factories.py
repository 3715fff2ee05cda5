"""Factories of what reports count."""

from datetime import date

import factory

from core.models import FeedbackResponse
from reporting.models import ReportedFigure


class FeedbackResponseFactory(factory.django.DjangoModelFactory):
    """A reader's answer."""

    form_id = factory.Sequence(lambda n: f"answer-{n}")
    was_useful = True

    class Meta:
        model = FeedbackResponse


class ReportedFigureFactory(factory.django.DjangoModelFactory):
    """A figure reported by hand."""

    kind = "film_views"
    number = 709
    counted_on = date(2018, 4, 1)
    source = "Egenrapport 2018"

    class Meta:
        model = ReportedFigure
