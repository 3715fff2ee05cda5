"""Addresses of elearning."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
