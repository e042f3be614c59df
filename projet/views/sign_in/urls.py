"""Below admin/: what stands before the admin's own gate."""

from django.urls import path

from projet.views.sign_in import second_factor, single_sign_on

urlpatterns = [
    path("single-sign-on/", single_sign_on.start, name="sso_start"),
    path("single-sign-on/back/", single_sign_on.back, name="sso_back"),
    path("second-factor/", second_factor.overview, name="second_factor"),
    path("second-factor/verify/", second_factor.verify, name="second_factor_verify"),
    path("second-factor/set-up/", second_factor.set_up, name="second_factor_set_up"),
    path("second-factor/new-codes/", second_factor.new_codes, name="second_factor_new_codes"),
    path("second-factor/off/", second_factor.switch_off, name="second_factor_off"),
    path("second-factor/leave/", second_factor.leave, name="second_factor_leave"),
]
