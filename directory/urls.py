"""Addresses of the register."""

from django.urls import path

from directory import views

urlpatterns = [
    path("min-side/slett/", views.ask_erasure, name="directory_ask_erasure"),
    path("min-side/slett/<str:token>/", views.erase, name="directory_erase"),
]
