"""Addresses of publications."""

from django.urls import path

from publications import views

app_name = "publications"

urlpatterns = [path("publikasjoner/<str:slug>/bestilling/", views.order, name="order")]
