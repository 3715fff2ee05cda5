"""Resized copies of pictures that several readers ask for at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.core.files.images import ImageFile
from django.db import connection
from wagtail.images.tests.utils import get_test_image_file

from core.models import PortalImage

pytestmark = pytest.mark.django_db(transaction=True)
SIZES = ("width-100", "width-200", "width-300")
READERS = 4


@pytest.fixture
def shared():
    """A picture without resized copies, as all threads of a process share it."""
    file = ImageFile(get_test_image_file(size=(640, 480)).file, name="delt.png")
    picture = PortalImage.objects.create(title="Delt", file=file)
    return PortalImage.objects.get(pk=picture.pk)


@pytest.mark.parametrize("sizes", [SIZES, SIZES[:1]])
def test_readers_who_meet_at_a_new_picture_all_see_it(shared, sizes):
    start = Barrier(READERS)

    def read(_reader: int) -> list[int]:
        try:
            start.wait()
            return [rendition.width for rendition in shared.get_renditions(*sizes).values()]
        finally:
            connection.close()

    with ThreadPoolExecutor(READERS) as readers:
        seen = list(readers.map(read, range(READERS)))
    assert seen == [[int(size.removeprefix("width-")) for size in sizes]] * READERS
    assert shared.renditions.count() == len(sizes)


def test_making_resized_copies_leaves_the_shared_picture_without_an_open_file(shared):
    shared.get_renditions(*SIZES)
    assert shared.file.closed
