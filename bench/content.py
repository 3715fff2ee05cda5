"""Fill the bench's database: the demo site, an article with three pictures and thousands of generated pages.

Usage: python -m bench.content PAGES   prints the paths to measure as JSON on its last line
"""

import json
import os
import random
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tsb_portal.settings.production")
django.setup()

from django.core.management import call_command
from django.db import transaction
from wagtail.models import Page
from wagtail.signal_handlers import disable_reference_index_auto_update

from core.models import ArticleIndexPage, ArticlePage, HomePage, PortalImage
from projects.models import ProjectPage
from publications.models import PublicationIndexPage

WORDS = (
    "rusbehandling avrusning pårørende pasient behandler poliklinikk døgnenhet retningslinje pakkeforløp utredning "
    "motivasjon samtale ettervern kommune helseforetak nettverk samling prosjekt veileder sjekkliste forskning "
    "legemidler oppfølging individuell plan bruker medvirkning barn familie kvinner eldre arbeid bolig fritid "
    "kunnskap kvalitet evaluering tilbakemelding verktøy kartlegging somatikk psykisk helse ernæring tannhelse søvn"
).split()
THREE_PICTURES = "tre-bilder"


def main() -> None:
    """Load what is missing and print where the pages are."""
    call_command("migrate", interactive=False, verbosity=0)
    if not HomePage.objects.exists():
        call_command("load_demo", verbosity=0)
    _article_with_three_pictures()
    _generated_pages(int(sys.argv[1]))
    pages = {
        "front page": HomePage.objects.first(),
        "a project": ProjectPage.objects.live().order_by("pk").first(),
        "publication index": PublicationIndexPage.objects.live().first(),
        "article, 3 pictures": ArticlePage.objects.get(slug=THREE_PICTURES),
    }
    print(
        json.dumps({name: page.relative_url(None) or page.get_url_parts()[2] for name, page in pages.items()})
    )


def _index() -> ArticleIndexPage:
    index = ArticleIndexPage.objects.first()
    if index is None:
        sys.exit("The demo site has no article index.")
    return index


def _article_with_three_pictures() -> None:
    if ArticlePage.objects.filter(slug=THREE_PICTURES).exists():
        return
    body: list[tuple[str, object]] = []
    for image in PortalImage.objects.order_by("pk")[:3]:
        body += [
            ("text", f"<p>{_text(random.Random(1), 120)}</p>"),
            ("picture", {"image": image, "alt": "Tegning"}),
        ]
    article = ArticlePage(
        title="Tre bilder", slug=THREE_PICTURES, lead="En artikkel med tre bilder.", body=body
    )
    _index().add_child(instance=article)
    article.save_revision().publish()


def _generated_pages(wanted: int) -> None:
    index = _index()
    made = Page.objects.child_of(index).filter(slug__startswith="generert-").count()
    chance = random.Random(made)
    if made < wanted:
        print(f"Generating {wanted - made} pages …", file=sys.stderr, flush=True)
    with transaction.atomic(), disable_reference_index_auto_update():
        for number in range(made, wanted):
            title = _text(chance, 5).capitalize()
            body = [("text", f"<p>{_text(chance, 150)}</p>")]
            index.add_child(
                instance=ArticlePage(
                    title=title,
                    slug=f"generert-{number}",
                    lead=_text(chance, 20),
                    body=body,
                    date="2020-01-01",
                )
            )


def _text(chance: random.Random, words: int) -> str:
    return " ".join(chance.choices(WORDS, k=words))


if __name__ == "__main__":
    main()
