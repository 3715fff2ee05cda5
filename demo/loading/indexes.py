"""Building the search and reference indexes once at the end instead of at each of a thousand saves."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.core.management import call_command
from django.db.models.signals import post_save
from modelsearch.index import get_indexed_models
from modelsearch.signal_handlers import post_save_signal_handler, register_signal_handlers
from wagtail.signal_handlers import disable_reference_index_auto_update


@contextmanager
def indexed_once(tell: Callable[[str], None]) -> Iterator[None]:
    """Hold index updates back while the body runs, then build both indexes whole; `tell` hears when that begins."""
    for model in get_indexed_models():
        post_save.disconnect(post_save_signal_handler, sender=model)
    try:
        with disable_reference_index_auto_update():
            yield
    finally:
        register_signal_handlers()
    tell("  search index …")
    call_command("rebuild_references_index", verbosity=0)
    call_command("update_index", verbosity=0)
