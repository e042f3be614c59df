"""Below admin/: what stands before the admin's own gate."""

from django.urls import path

from projet.sign_in import factor_pages, sso_pages

urlpatterns = [
    path("single-sign-on/", sso_pages.start, name="sso_start"),
    path("single-sign-on/back/", sso_pages.back, name="sso_back"),
    path("second-factor/", factor_pages.overview, name="second_factor"),
    path("second-factor/verify/", factor_pages.verify, name="second_factor_verify"),
    path("second-factor/set-up/", factor_pages.set_up, name="second_factor_set_up"),
    path("second-factor/new-codes/", factor_pages.new_codes, name="second_factor_new_codes"),
    path("second-factor/off/", factor_pages.switch_off, name="second_factor_off"),
    path("second-factor/leave/", factor_pages.leave, name="second_factor_leave"),
]
