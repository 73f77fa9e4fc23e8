"""scripts/package: the buildpack as it is used."""
