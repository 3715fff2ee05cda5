"""What a film's template asks of its address."""

from django import template

from core.films import film_embed_url, film_provider

register = template.Library()


@register.filter
def embed_url(film) -> str:
    """The address that plays the film without cookies, or ""."""
    return film_embed_url(film.url)


@register.filter
def provider(film) -> str:
    """The film service's name."""
    return film_provider(film.url)


@register.simple_tag
def poster_url(film) -> str:
    """The address of the still picture."""
    return film.poster.get_rendition("fill-960x540|format-webp|preserve-svg").url if film.poster else ""
