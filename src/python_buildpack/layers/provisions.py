"""What later buildpacks may require of this one, by the names of the build plan."""

PYTHON, PIP, SITE_PACKAGES = "python", "pip", "site-packages"
