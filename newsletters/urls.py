"""Addresses of newsletters."""

from django.urls import path

from newsletters.views import preferences, signup, tracking, unsubscribe
from newsletters.views.browser_copy import browser_copy, trial_copy, trial_link
from newsletters.views.design import series_css
from newsletters.views.feed import LetterFeed

app_name = "newsletters"

urlpatterns = [
    # First what every reader's click passes through.
    path("l/<uuid:key>/<int:number>", tracking.link, name="link"),
    path("o/<str:token>.gif", tracking.opened, name="open"),
    path("avmeld/<str:token>", unsubscribe.leave, name="unsubscribe"),
    path("avmeld/<str:token>/faerre", unsubscribe.fewer, name="fewer"),
    path("preferanser/", preferences.ask_for_link, name="ask_for_preferences"),
    path("preferanser/sendt/", preferences.link_sent, name="preferences_sent"),
    path("preferanser/<str:token>", preferences.preferences, name="preferences"),
    path("preferanser/<str:token>/slett", preferences.ask_for_erasure, name="ask_for_erasure"),
    path("preferanser/slett/<str:token>", preferences.erase, name="erase"),
    path("brev/rss/", LetterFeed(), name="feed"),
    path("brev/abonner/", signup.signup, name="signup"),
    path("brev/abonner/sendt/", signup.signup_sent, name="signup_sent"),
    path("brev/abonner/<slug:slug>/", signup.signup, name="signup_series"),
    path("brev/farger/<slug:slug>.css", series_css, name="series_css"),
    path("brev/bekreft/<str:token>", signup.confirm, name="confirm"),
    path("brev/utsending/<uuid:key>/", browser_copy, name="browser_copy"),
    path("brev/prove/lenke/", trial_link, name="trial_link"),
    path("brev/prove/<str:token>/", trial_copy, name="trial_copy"),
]
