"""Addresses of events."""

from django.urls import path

from events import views

app_name = "events"

urlpatterns = [
    path("arrangementer/avmelding/<str:token>/", views.cancel, name="cancel"),
    path("arrangementer/<str:slug>/pamelding/", views.register, name="register"),
    path("arrangementer/<str:slug>/kalender.ics", views.calendar, name="calendar"),
]
