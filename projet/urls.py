"""The admin is the whole interface: the root leads to it."""

from django.contrib import admin
from django.urls import include, path, re_path

from projet.admin_site.palette import palette
from projet.views.first_page import first_page
from projet.views.opting_out import opt_out
from projet.views.schedule_feed import schedule_feed

urlpatterns = [
    path("", first_page, name="first_page"),
    re_path(
        r"^u/(?P<token>[^/]+)/?$", opt_out, name="opt_out"
    ),  # with or without a slash: it redirects nowhere
    path("i18n/", include("django.conf.urls.i18n")),
    path("schedules/<str:token>.ics", schedule_feed, name="schedule_feed"),
    path("admin/palette.css", palette, name="palette"),
    path("admin/password-reset/", include("projet.views.password_reset")),
    path("admin/", include("projet.views.sign_in.urls")),
    path("admin/", admin.site.urls),
]

handler400 = "projet.views.errors.bad_request"
handler403 = "projet.views.errors.permission_denied"
handler404 = "projet.views.errors.page_not_found"
handler500 = "projet.views.errors.server_error"
