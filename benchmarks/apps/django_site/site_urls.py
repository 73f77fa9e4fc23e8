"""The site's one address."""

from django.urls import path
from site_pages.views import index

urlpatterns = [path("", index)]
