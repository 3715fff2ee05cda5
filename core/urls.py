"""Addresses of core."""

from django.urls import path

from core.views import feedback, feeds, health, search, theme

app_name = "core"

urlpatterns = [
    path("tema.css", theme.theme_css, name="theme_css"),
    path("favicon.ico", theme.favicon, name="favicon"),
    path("sok/", search.search_page, name="search"),
    path("sok/forslag/", search.suggestions, name="suggestions"),
    path("tilbakemelding/<int:page_id>/", feedback.feedback, name="feedback"),
    path("aktuelt/rss/", feeds.NewsFeed(), name="news_feed"),
    path("sitemap.xml", feeds.sitemap_xml, name="sitemap"),
    path("robots.txt", feeds.robots_txt, name="robots"),
    path("healthz/live", health.live, name="live"),
    path("healthz/ready", health.ready, name="ready"),
]
