"""Addresses that exist only in the demo."""

from django.urls import path

from demo import views

app_name = "demo"

urlpatterns = [
    path("dev/outbox/", views.mail_list, name="outbox"),
    path("dev/outbox/<str:name>/", views.mail, name="mail"),
    path("dev/outbox/<str:name>/html/", views.mail_html, name="mail_html"),
    path("dev/outbox/<str:name>/raw/", views.mail_raw, name="mail_raw"),
]
