"""A web page that says what answers it."""

from platform import python_version

import django
from django.http import HttpRequest, HttpResponse
from django.templatetags.static import static
from django.urls import path


def index(request: HttpRequest) -> HttpResponse:
    return HttpResponse(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<title>Django example</title>\n"
        f'<link rel="stylesheet" href="{static("site.css")}">\n'
        f"<p>Hello from Django {django.__version__} on Python {python_version()}!</p>\n</html>\n"
    )


urlpatterns = [path("", index)]
