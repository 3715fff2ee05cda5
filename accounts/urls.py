"""Addresses of accounts. They stand before the admin's own, so its log-in and password pages are never reached."""

from django.urls import path, re_path
from django.views.generic import RedirectView

from accounts import views, views_chooser, views_guarded, views_oidc, views_security

urlpatterns = [
    path("admin/login/", views.to_login),
    path("admin/logout/", views.admin_logout),
    re_path(r"^admin/password_reset/", RedirectView.as_view(pattern_name="account_reset_password")),
    # Wagtail's bulk actions know nothing of roles and technical operators.
    path("admin/bulk/accounts/user/<str:action>/", views.gone),
    # The others name what one may not touch.
    path("admin/bulk/<str:app_label>/<str:model_name>/<str:action>/", views_guarded.bulk_action),
    path("admin/pages/<int:page_to_move_id>/move/<int:destination_id>/confirm/", views_guarded.confirm_move),
    # Reports that the portal has better ones for; they show everybody's drafts.
    re_path(r"^admin/reports/(?:aging-pages|page-types-usage)/", views.gone),
    # Asked by a text editor that may hold pictures, which ours may not; it shows any picture.
    path("admin/images/chooser/<int:image_id>/select_format/", views.gone),
    # Wagtail's page chooser shows the title of any page whose number one guesses.
    path("admin/choose-page/<int:parent_page_id>/", views_chooser.browse),
    path("admin/choose-page/chosen-multiple/", views_chooser.chosen_multiple),
    path("konto/signup/", RedirectView.as_view(pattern_name="account_login")),
    path("konto/oidc/<str:provider_id>/login/", views_oidc.start),
    path("konto/invitasjon/<str:token>/", views.accept_invitation, name="accounts_invitation"),
    path("min-side/", views.my_page, name="accounts_my_page"),
    path("min-side/opplysninger.json", views.my_data, name="accounts_my_data"),
    path(".well-known/security.txt", views_security.security_txt, name="security_txt"),
]
