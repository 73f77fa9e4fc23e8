"""The site's one page."""

import django
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def index(request: HttpRequest) -> HttpResponse:
    """Say which Django answers."""
    return render(request, "index.html", {"version": django.get_version()})
