"""Filters of the register's lists."""

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import WagtailFilterSet

from directory.models import HealthRegion, Organisation, Person, Position, Unit


class PersonFilterSet(WagtailFilterSet):
    """People by region, organisation, profession, leader level."""

    region = django_filters.ModelChoiceFilter(
        label=_("Health region"), queryset=HealthRegion.objects.all(), method="of_region"
    )
    organisation = django_filters.ModelChoiceFilter(
        label=_("Organisation"), queryset=Organisation.objects.all(), method="of_organisation"
    )
    leader_level = django_filters.ChoiceFilter(
        label=_("Leader level"), choices=Position.LeaderLevel.choices, method="of_level"
    )

    class Meta:
        model = Person
        fields = ["profession", "region", "organisation", "leader_level", "language"]

    def of_region(self, queryset: QuerySet, name: str, value: HealthRegion) -> QuerySet:
        """People with a position in the region today."""
        return queryset.filter(pk__in=_people(organisation__region=value))

    def of_organisation(self, queryset: QuerySet, name: str, value: Organisation) -> QuerySet:
        """People with a position in the organisation today."""
        return queryset.filter(pk__in=_people(organisation=value))

    def of_level(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """People who lead at this level today."""
        return queryset.filter(pk__in=_people(leader_level=value))


class OrganisationFilterSet(WagtailFilterSet):
    """Organisations by kind and region."""

    class Meta:
        model = Organisation
        fields = ["kind", "region", "must_be_reached", "is_active"]


class UnitFilterSet(WagtailFilterSet):
    """Units by kind and region."""

    class Meta:
        model = Unit
        fields = ["kind", "organisation__region", "is_active"]


def _people(**conditions) -> QuerySet:
    return Position.objects.current().filter(**conditions).values("person_id")
