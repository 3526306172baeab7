"""Where each address leads."""

from __future__ import annotations

from django.contrib import admin
from django.urls import path, re_path

from winnow.server.api.pages import no_such_door, page
from winnow.server.api.site import api

urlpatterns = [
    path("api/", api.urls),
    path("admin/", admin.site.urls),
    re_path(r"^api(?:/(?P<address>.*))?$", no_such_door),
    # the pages' own router knows the rest; a missing asset must not be answered with a page
    re_path(r"^(?!api/|static/|admin/|assets/)(?P<address>.*)$", page),
]
