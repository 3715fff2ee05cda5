"""The order form of printed copies."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import translation
from django.utils.translation import gettext as _
from wagtail.models import Site

from core.forms.anonymous import anonymous_post
from core.navigation import Crumb, breadcrumbs
from publications import services
from publications.forms import OrderForm
from publications.models import PublicationPage


@anonymous_post("order", limit=20)
def order(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the form and take the order; the same form sent twice is one order."""
    pages = PublicationPage.objects.live().public().filter(can_be_ordered=True)
    publication = get_object_or_404(pages, slug=slug.replace("\x00", ""))
    translation.activate(publication.interface_language)
    form = OrderForm(request.POST or None, request=request)
    context = {
        "publication": publication,
        "form": form,
        "crumbs": [
            *breadcrumbs(Site.find_for_request(request), publication),
            Crumb(publication.title, publication.get_url(request)),
        ],
        "crumb_title": _("Order printed copies"),
    }
    if request.method == "POST" and form.is_valid():
        context["order"] = services.place_order(publication, form.cleaned_data["form_id"], **form.told)
        return render(request, "publications/ordered.html", context)
    return render(request, "publications/order.html", context, status=form.status)
